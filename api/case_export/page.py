"""A case as one page that can be printed: figures, timeline, evidence, and the checkpoint that proves it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.case_export.goaml import amount
from api.case_export.material import Material
from ledger.casework.lists import lists

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
WORDS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)


def page(material: Material, language: str, rules: dict[str, Any]) -> str:
    """The page in `zh` or `en`: no script, nothing from elsewhere. The same material gives the same bytes."""
    say = WORDS[language]
    size = _size(material.checkpoint)
    agencies = {code: getattr(words, language) for code, words in lists().agencies.items()}
    reasons = {code: getattr(words, language) for code, words in lists().false_positives.items()}
    return _TEMPLATES.get_template("page.html").render(
        say=say,
        read=material.case,
        case=material.case.listed.case,
        severity=material.case.listed.severity,
        events=material.events,
        moved=material.moved,
        people=material.people,
        called=_called,
        amount=amount,
        agencies=agencies,
        reasons=reasons,
        titles={name: getattr(loaded.rule.title, language) for name, loaded in rules.items()},
        why=(lambda alert: alert.reason_zh) if language == "zh" else (lambda alert: alert.reason_en),
        checkpoint=material.checkpoint,
        size=size,
        left_out=material.left_out,
    )


def _called(people: Any, key: str) -> str:
    who = people[key]
    return f"{who.name} ({key})" if who.name else key


def _size(checkpoint: str | None) -> int:
    """How many entries the checkpoint covers: its second line (C2SP tlog-checkpoint)."""
    lines = (checkpoint or "").split("\n")
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() else 0
