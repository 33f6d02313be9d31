"""Which jurisdiction takes a loan as defaulted after how many days past due: data, dated and cited.

Reading the file beside this one is the only I/O here. An answer is never a guess: without a figure it is
"not provable".
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("default_days.toml")


class DefaultRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A loan is in default when it is more than `days_over` days past due."""

    id: str
    status: Literal["in_force", "unverified"]
    days_over: int
    effective_from: date
    jurisdictions: frozenset[str]
    title: str
    article: str
    source: str
    effective_to: date | None = None
    note: str | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[DefaultRule, ...]


class DefaultAnswer(NamedTuple):
    """`past`, `not_past` or `not_provable`, with the figure and where it stands."""

    outcome: str
    days_over: int | None
    rule: str | None
    citation: str | None


def read(text: str) -> tuple[DefaultRule, ...]:
    """The rules of a file. Raises tomllib.TOMLDecodeError or msgspec.ValidationError, naming the field."""
    return msgspec.convert(tomllib.loads(text), _File).rule


@cache
def rules() -> tuple[DefaultRule, ...]:
    """The rules that come with the package."""
    return read(FILE.read_text(encoding="utf-8"))


def past_default(
    jurisdiction: str, day: date, days_past_due: int, known: tuple[DefaultRule, ...] | None = None
) -> DefaultAnswer:
    """Whether so many days past due were a default by the law of `jurisdiction` on `day`; the latest rule counts."""
    found = [
        rule
        for rule in (rules() if known is None else known)
        if rule.status == "in_force"
        and jurisdiction in rule.jurisdictions
        and rule.effective_from <= day
        and (rule.effective_to is None or day <= rule.effective_to)
    ]
    if not found:
        return DefaultAnswer("not_provable", None, None, None)
    rule = max(found, key=lambda each: (each.effective_from, each.id))
    outcome = "past" if days_past_due > rule.days_over else "not_past"
    return DefaultAnswer(outcome, rule.days_over, rule.id, f"{rule.title}, article {rule.article}")
