"""Findings per day as an SVG: bars by severity, and where other thresholds were tried, a line for the rule's own.

Own, since a drawing library would be larger than all of this program, and because two equal backtests are to give equal
bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Final

from risk.compile import date_of
from risk.findings import Finding

# From calm to urgent; told apart in grey too. The legend names them.
_COLOURS: Final = {
    "info": "#9aa5b1", "low": "#5b8db8", "medium": "#d9a521", "high": "#d9622b", "critical": "#a3162a",
}  # fmt: skip
_WIDTH, _HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 56, 40
_FONT = 'font-family="sans-serif" font-size="12"'


def picture(title: str, days: Sequence[int], found: Iterable[Finding], own: Iterable[Finding] | None = None) -> str:
    """An SVG document. `days`: those that were judged; `own`: what the rule's own thresholds find."""
    counts = Counter((each.day, each.severity) for each in found)
    before = None if own is None else Counter(each.day for each in own)
    totals = Counter[int]()
    for (day, _), number in counts.items():
        totals[day] += number
    highest = max([1, *totals.values(), *(before or {}).values()])
    scale = _Scale(days, highest)
    parts = [_frame(title, scale), *_bars(scale, counts), *([] if before is None else [_line(scale, before)])]
    parts.append(_legend([name for name in _COLOURS if any(key[1] == name for key in counts)], own=before is not None))
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    """Days along, findings up; whole pixels to a tenth, so that the text is the same everywhere."""

    def __init__(self, days: Sequence[int], highest: int) -> None:
        self.days, self.highest = days, highest
        self.first, self.last = days[0], days[-1]
        self.step = (_WIDTH - _LEFT - _RIGHT) * 10 // (self.last - self.first + 1)  # tenths of a pixel

    def x(self, day: int) -> int:
        """Tenths of a pixel."""
        return _LEFT * 10 + (day - self.first) * (_WIDTH - _LEFT - _RIGHT) * 10 // (self.last - self.first + 1)

    def up(self, count: int) -> int:
        """The height of so many findings, in tenths of a pixel."""
        return count * (_HEIGHT - _TOP - _BOTTOM) * 10 // self.highest


def _px(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"


def _frame(title: str, scale: _Scale) -> str:
    base = _HEIGHT - _BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" {_FONT} font-weight="bold">{escape(title)}</text>',
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}" stroke="#444444"/>',
    ]
    for count in sorted({0, scale.highest // 2, scale.highest}):
        y = base * 10 - scale.up(count)
        lines.append(f'<line x1="{_LEFT}" y1="{_px(y)}" x2="{_WIDTH - _RIGHT}" y2="{_px(y)}" stroke="#dddddd"/>')
        lines.append(f'<text x="{_LEFT - 8}" y="{_px(y + 40)}" text-anchor="end" {_FONT}>{count}</text>')
    for day, anchor in ((scale.first, "start"), (scale.last, "end")):
        x = scale.x(day) + (scale.step if anchor == "end" else 0)
        shown: date = date_of(day)
        lines.append(f'<text x="{_px(x)}" y="{base + 20}" text-anchor="{anchor}" {_FONT}>{shown.isoformat()}</text>')
    return "\n".join(lines)


def _bars(scale: _Scale, counts: Counter[tuple[int, str]]) -> list[str]:
    drawn = []
    width = max(10, scale.step * 8 // 10)
    for day in sorted({day for day, _ in counts}):
        y = (_HEIGHT - _BOTTOM) * 10
        for severity, colour in _COLOURS.items():
            if number := counts[day, severity]:
                height = scale.up(number)
                y -= height
                drawn.append(
                    f'<rect x="{_px(scale.x(day))}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}" '
                    f'fill="{colour}"><title>{date_of(day).isoformat()}: {number} {severity}</title></rect>'
                )
    return drawn


def _line(scale: _Scale, before: Counter[int]) -> str:
    base = (_HEIGHT - _BOTTOM) * 10
    points = [(scale.x(day) + scale.step // 2, base - scale.up(before[day])) for day in scale.days]
    path = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="#111111" stroke-width="1.5" stroke-dasharray="4 3"/>'


def _legend(severities: Sequence[str], *, own: bool) -> str:
    x, parts = _LEFT, []
    for name in severities:
        parts.append(f'<rect x="{x}" y="34" width="10" height="10" fill="{_COLOURS[name]}"/>')
        parts.append(f'<text x="{x + 14}" y="43" {_FONT}>{name}</text>')
        x += 84
    if own:
        parts.append(f'<line x1="{x}" y1="39" x2="{x + 18}" y2="39" stroke="#111111" stroke-dasharray="4 3"/>')
        parts.append(f'<text x="{x + 24}" y="43" {_FONT}>with the rule\'s own thresholds</text>')
    return "\n".join(parts)
