"""The page docs/typologies.md, written from the rules: `python -m risk.reference > docs/typologies.md`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from risk.document import Loaded, Rule, load_all
from risk.figures import FIGURES, Label


class Uncovered(Struct, frozen=True, forbid_unknown_fields=True):
    """A typology without a rule."""

    title: Label
    why: Label


UNCOVERED: Final[Mapping[str, Uncovered]] = msgspec.convert(
    yaml.safe_load(Path(__file__).with_name("uncovered.yaml").read_text(encoding="utf-8")), dict[str, Uncovered]
)
FAMILIES: Final[Mapping[str, str]] = {
    "P": "Platforms",
    "C": "Project owners and issuers",
    "I": "Investors, borrowers and accounts",
    "L": "Limits of the law",
    "X": "Composites: several signs together",
    "D": "Quality of what is reported",
    "T": "The ledger itself",
}
_HEAD = """# Typologies and rules

*Written from `risk/rules/` by `python -m risk.reference`; a test holds it to them.*

What the monitor looks for. A rule's id begins with the code of its typology; thresholds are its defaults, and a
backtest tries others. Money is in minor units, `_bp` are basis points. The documents themselves say more: condition,
score, the guide for the investigator, what it rests on (`GET /v1/rules`, `crowdledger rules list`).
How rules work: [rules.md](rules.md).
"""


def page() -> str:
    """The whole page as Markdown."""
    rules = load_all()
    parts = [_HEAD]
    for family, title in FAMILIES.items():
        own = [each for name, each in rules.items() if name.startswith(family) and each.rule.maturity != "draft"]
        if own:
            parts.append(_family(title, own))
    return "\n".join([*parts, _uncovered()])


def covered(rules: Mapping[str, Loaded]) -> set[str]:
    """Codes of typologies that a live rule looks for."""
    return {name.partition("-")[0] for name, each in rules.items() if each.rule.maturity == "live"}


def _family(title: str, rules: list[Loaded]) -> str:
    lines = [f"## {title}\n", "| rule | finds | severity | looks at | thresholds |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(_row(each.rule) for each in rules), ""])


def _row(rule: Rule) -> str:
    names = [band.severity for band in rule.severity]
    severity = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    width = "all of it" if rule.window.width == "life" else rule.window.width.replace("d", " days")
    thresholds = "; ".join(f"{FIGURES[name].en} (`{name}`): {value:,}" for name, value in rule.params.items())
    named = f"`{rule.id}` {rule.version}" + ("" if rule.maturity == "live" else f", {rule.maturity}")
    cells = (named, f"{rule.title.en}<br>{rule.title.zh}", severity, f"`{rule.input}`, {width}", thresholds)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _uncovered() -> str:
    lines = ["## What no rule looks for\n", "| typology | why |", "|---|---|"]
    return "\n".join(
        [*lines, *(f"| {code} {each.title.en} | {each.why.en} |" for code, each in sorted(UNCOVERED.items())), ""]
    )


if __name__ == "__main__":
    sys.stdout.write(page())
