"""Packs from their files, and what a pack must keep to before anything is answered by it. The only I/O of rulebooks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, get_args

import msgspec

from ledger.rulebook.model import Anchor, AnyRule, Cap, Clock, Pack, Qualification

PACKS = Path(__file__).parent.parent / "rulebooks"


class RulebookError(ValueError):
    """A pack can't be used; the message names the file, the rule and what is wrong with it."""


class Stated(NamedTuple):
    """A rule as a file of a pack states it; `rule` is None where the file ends it."""

    pack: Pack
    rule: AnyRule | None


class Book(NamedTuple):
    """A pack: its files in order of their dates, and of each rule what they state, oldest first."""

    name: str
    files: tuple[Pack, ...]
    rules: Mapping[str, tuple[Stated, ...]]


def read(text: str | Mapping[str, object]) -> Pack:
    """One file, as it is or parsed already. Raises RulebookError, naming the field."""
    try:
        return msgspec.convert(tomllib.loads(text) if isinstance(text, str) else text, Pack)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RulebookError(str(error)) from None


def book(name: str, texts: Mapping[str, str | Mapping[str, object]]) -> Book:
    """A pack from its files, by file name. Raises RulebookError."""
    files = []
    for file, text in sorted(texts.items()):
        try:
            pack = read(text)
        except RulebookError as error:
            raise RulebookError(f"{name}/{file}: {error}") from None
        if file != f"{pack.effective_from}.toml":
            raise RulebookError(f"{name}/{file}: in force from {pack.effective_from}; name the file after that day.")
        files.append(pack)
    found: dict[str, list[Stated]] = {}
    for pack in files:
        for rule in pack.rule:
            found.setdefault(rule.id, []).append(Stated(pack, rule))
        for ended in pack.ends:
            found.setdefault(ended, []).append(Stated(pack, None))
    made = Book(name, tuple(files), MappingProxyType({rule: tuple(stated) for rule, stated in found.items()}))
    if problems := list(_problems(made)):
        raise RulebookError(f"{name}: " + "; ".join(problems))
    return made


@cache
def books(folder: Path = PACKS) -> Mapping[str, Book]:
    """All packs of a folder, by name. Raises RulebookError."""
    found = {
        each.name: book(each.name, {file.name: file.read_text(encoding="utf-8") for file in each.glob("*.toml")})
        for each in sorted(folder.iterdir())
        if each.is_dir()
    }
    owners: dict[str, str] = {}
    for each in found.values():
        for rule in each.rules:
            if (other := owners.setdefault(rule, each.name)) != each.name:
                raise RulebookError(f"rule {rule} is stated by {other} and by {each.name}; an id belongs to one pack.")
    return MappingProxyType(found)


def _problems(made: Book) -> Iterator[str]:
    if not made.files:
        yield "it has no file"
    for pack in made.files:
        ids = [rule.id for rule in pack.rule] + list(pack.ends)
        yield from (
            f"{pack.effective_from} states {each} twice" for each in sorted({i for i in ids if ids.count(i) > 1})
        )
        for rule in pack.rule:
            yield from (f"{rule.id} ({pack.effective_from}): {problem}" for problem in _of_rule(rule))
    for name, stated in made.rules.items():
        yield from (f"{name}: {problem}" for problem in _of_history(stated))


def _of_history(stated: tuple[Stated, ...]) -> Iterator[str]:
    if stated[0].rule is None:
        yield f"{stated[0].pack.effective_from} ends what was never stated"
    for before, after in pairwise(stated):
        if before.rule is None and after.rule is None:
            yield f"{after.pack.effective_from} ends what had ended"
        if before.rule is None or before.rule.effective_to is None:
            continue
        follows, begins = before.rule.effective_to + timedelta(days=1), after.pack.effective_from
        if begins < follows:
            yield f"it ends on {before.rule.effective_to} and is stated anew on {begins}: they overlap"
        elif after.rule is not None and begins > follows:
            yield f"nothing is stated from {follows} until {begins}: a gap; end it by `ends` if meant"


def _of_rule(rule: AnyRule) -> Iterator[str]:
    if isinstance(rule, Cap):
        yield from _of_cap(rule)
    elif isinstance(rule, Clock):
        if (rule.unit == "working_days") != (rule.calendar is not None):
            yield "working days need a calendar, and nothing else has one"
    elif isinstance(rule, Qualification) and rule.need > len(rule.groups):
        yield f"{rule.need} of {len(rule.groups)} groups can't be met"


def _of_cap(cap: Cap) -> Iterator[str]:
    if cap.months is not None and cap.measure not in {"flow", "offers"}:
        yield "only a flow has `months`"
    money = cap.measure not in {"holders", "term_months", "days_past_due", "share", "platforms"}
    if money != (cap.currency is not None):
        yield "money needs a currency, and counts and ratios have none"
    for tier in cap.tiers:
        if (tier.amount is None) == (tier.share is None):
            yield "a tier has an amount or a share"
        if (tier.share is None) != (tier.base is None):
            yield "a share needs a base"
    if any(tier.when is None for tier in cap.tiers[:-1]) or cap.tiers[-1].when is not None:
        yield "each tier but the last has a `when`, and the last has none"


def spans(history: Iterable[Stated]) -> Iterator[tuple[Stated, date | None]]:
    """Each statement with the last day on which it holds; None: it has no end yet."""
    stated = tuple(history)
    for number, each in enumerate(stated):
        ends = each.rule.effective_to if each.rule else None
        if ends is None and number + 1 < len(stated):
            ends = stated[number + 1].pack.effective_from - timedelta(days=1)
        yield each, ends or each.pack.effective_to


def stated_on(stated: Iterable[Stated], days: Mapping[str, date]) -> Stated | None:
    """What holds of a rule's history; `days` has the day of `trade`, and of other anchors where they are known.

    A rule that is anchored to another moment than the trade is found by that day; an offering keeps the law under which
    it began. None where nothing was stated by then, or it had ended.
    """
    for each in reversed(tuple(stated)):
        anchor = each.rule.anchor if each.rule is not None else "trade"
        day = days.get(anchor, days["trade"])
        if day < each.pack.effective_from:
            continue
        if each.rule is None:
            return None
        ends = min((end for end in (each.rule.effective_to, each.pack.effective_to) if end), default=day)
        return each if day <= ends else None
    return None


def at_once(day: date) -> dict[str, date]:
    """All anchors on one day: the question of somebody who only has that."""
    return dict.fromkeys(get_args(Anchor), day)


def in_force(found: Mapping[str, Book], jurisdiction: str, kind: str, days: Mapping[str, date]) -> list[Stated]:
    """All rules of a jurisdiction for a kind of business that hold on these days, by id; drafts and terms, too."""
    holding = (stated_on(stated, days) for each in found.values() for stated in each.rules.values())
    wanted = [
        each
        for each in holding
        if each is not None and jurisdiction in each.pack.jurisdictions and kind in each.pack.kinds
    ]
    return sorted(wanted, key=lambda each: each.rule.id if each.rule else "")


def citation(stated: Stated) -> str:
    """Where the figure stands: `Title (title in its language), article`."""
    pack, rule = stated
    assert rule is not None, "what has ended says nothing"
    own = "" if pack.title == pack.title_en else f" ({pack.title})"
    return f"{pack.title_en}{own}, {rule.article}"
