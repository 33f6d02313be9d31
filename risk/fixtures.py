"""Fixtures of rules: rows of the rule's input and what it must find in them, played through PostgreSQL.

Every rule has four: `fires`, `just_below`, `late_event` (known only after the cutoff), `null_key` (a group key that
was not reported). The rows take the place of the input, so the whole compiled statement runs, but for the input's own
query; that is what the journeys in tests/risk are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import yaml
from msgspec import Struct

from risk import document
from risk.compile import compile_rule, days_since_epoch
from risk.evaluator import evaluate
from risk.findings import Finding
from risk.inputs import INPUTS

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

CASES = ("fires", "just_below", "late_event", "null_key")
FOR_EVER = 2**62


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """What a finding must say; what is left out may be anything. `evidence`: positions."""

    key: dict[str, str]
    severity: str | None = None
    score: int | None = None
    figures: dict[str, int] = msgspec.field(default_factory=dict)
    evidence: list[int] | None = None


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """One evaluation over the rows: exactly these findings, in this order."""

    day: date
    expect: list[Expected]
    cutoff: int = FOR_EVER


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of the input, and what is found in them.

    A row gives columns by name, `day` as a date, `at` (HH:MM:SS) for its epoch; `position` counts from 1 unless given,
    `known` is the position at which it became true (default: its own). `each` makes a row for every combination.
    """

    rows: list[dict[str, Any]]
    checks: list[Check]


class Fixtures(Struct, frozen=True, forbid_unknown_fields=True):
    """The fixture file of one rule; `defaults` are columns that all rows share."""

    fires: Case
    just_below: Case
    late_event: Case
    null_key: Case
    defaults: dict[str, Any] = msgspec.field(default_factory=dict)


class Played(NamedTuple):
    """One check of one case; `problem` is None where all was as expected."""

    rule: str
    case: str
    problem: str | None


def path_of(rule_id: str, folder: Path = document.FOLDER) -> Path:
    """Where a rule's fixtures are."""
    return folder / "fixtures" / f"{rule_id}.yaml"


def load(path: Path) -> Fixtures:
    """Read a fixture file. Raises RuleError."""
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Fixtures)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise document.RuleError(f"fixtures/{path.name}: {error}") from None


def play(connection: psycopg.Connection, loaded: document.Loaded, fixtures: Fixtures) -> Iterator[Played]:
    """Run every check of every case."""
    compiled = compile_rule(loaded, fixture=True)
    for name, rows, check in checks(loaded.rule, fixtures):
        day = days_since_epoch(check.day)
        found = evaluate(connection, loaded.rule, compiled, [day], check.cutoff, fixture=rows)
        yield Played(loaded.rule.id, name, _problem(found, check.expect))


def checks(rule: document.Rule, fixtures: Fixtures) -> Iterator[tuple[str, list[dict[str, Any]], Check]]:
    """Every check with its case and the rows of the input; `known` is the position at which a row became true."""
    for name in CASES:
        case: Case = getattr(fixtures, name)
        rows = _rows(rule, fixtures.defaults, case.rows)
        yield from ((name, rows, check) for check in case.checks)


def _rows(rule: document.Rule, defaults: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    columns = INPUTS[rule.input].columns
    made: list[dict[str, Any]] = []
    for row in rows:
        each = row.get("each", {})
        for values in product(*each.values()):
            cells = {**defaults, **row, **dict(zip(each, values, strict=True))}
            cells.pop("each", None)
            made.append(_row(cells, len(made) + 1))
            if unknown := sorted(made[-1].keys() - columns.keys() - {"known"}):
                raise document.RuleError(f"fixtures of {rule.id}: {rule.input} has no column {', '.join(unknown)}.")
    return made


def _row(cells: dict[str, Any], number: int) -> dict[str, Any]:
    at = cells.pop("at", "12:00:00")
    day = cells["day"]
    moment = datetime.combine(day, time.fromisoformat(str(at)))
    cells.setdefault("position", number)
    cells.setdefault("known", cells["position"] or number)
    cells["day"] = days_since_epoch(day)
    cells["epoch"] = cells["day"] * 86_400 + moment.hour * 3_600 + moment.minute * 60 + moment.second
    return {name: days_since_epoch(cell) if isinstance(cell, date) else cell for name, cell in cells.items()}


def _problem(found: Sequence[Finding], expected: Sequence[Expected]) -> str | None:
    if len(found) != len(expected):
        keys = [each.key for each in found]
        return f"expected {len(expected)} finding(s), got {len(found)}: {keys}"
    for each, want in zip(found, expected, strict=True):
        got = {name: each.figures.get(name) for name in want.figures}
        pairs = [("key", want.key, {name: each.key.get(name) for name in want.key}), ("figures", want.figures, got)]
        pairs += [
            (name, value, getattr(each, name))
            for name, value in (("severity", want.severity), ("score", want.score))
            if value is not None
        ]
        if want.evidence is not None:
            pairs.append(("evidence", want.evidence, list(each.evidence)))
        for what, value, actual in pairs:
            if value != actual:
                return f"{what}: expected {value}, got {actual}"
    return None
