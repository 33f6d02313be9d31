"""The law as the rulebooks have it: all packs, one on a day, what changed, one rule with its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.laws import KINDS, ROOM, STATUSES, TAGS, figure_said, kind_said
from api.console.reasons import Sentence, told
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import N_, known
from api.problems import Problem
from ledger.rulebook.changes import changes
from ledger.rulebook.checks import APPLIED
from ledger.rulebook.loading import Book, Stated, at_once, books, citation, spans, stated_on
from ledger.rulebook.model import AnyRule

# What everybody sees in words already, or what names the rule.
_TOLD: Final = frozenset({"id", "zh", "en", "article", "source", "quote", "note", "status", "check"})
_CHANGES: Final[Mapping[str, str]] = {"new": N_("new"), "gone": N_("gone"), "changed": N_("changed")}


class Pack(NamedTuple):
    """A pack in the list: of the `rules` that hold on the day, those that are `applied`, and those from `memory`."""

    name: str
    title: Sentence
    issued_by: str
    where: str
    kinds: str
    changed: Sequence[date]
    rules: int
    applied: int
    memory: int


class Law(NamedTuple):
    """A rule as it stood: what it says, what it allows, where it stands, whether it is applied."""

    id: str
    says: Sentence
    kind: str
    figure: str
    citation: str
    source: str
    status: str
    said: str
    tag: str
    applied: bool
    since: date
    until: date | None
    quote: str
    note: str
    rule: AnyRule


class Differs(NamedTuple):
    """A rule that differs between two days."""

    id: str
    what: str
    old: Law | None
    new: Law | None
    fields: Sequence[tuple[str, str, str]]


def routes(shell: Shell) -> list[Route]:
    """/console/rulebooks, /console/rulebooks/{pack} and /console/rulebooks/{pack}/{rule}."""

    def listing(visit: Visit) -> Response:
        given = _given(visit, {"on", "where"})
        day, say = _day(shell, visit, given.get("on", "")), visit.speech
        packs = [_pack(each, day, say) for each in books().values()]
        places = sorted({place for each in books().values() for place in each.files[0].jurisdictions})
        where = given.get("where", "")
        if where and where not in places:
            raise Problem("invalid_parameter", f"where is one of {', '.join(places)}.")
        shown = [each for each in packs if not where or where in books()[each.name].files[0].jurisdictions]
        return shell.render(
            visit, "office/rulebooks.html", **frame(shell.services), packs=shown, day=day, where=where, places=places,
            room=ROOM,
        )  # fmt: skip

    def pack(visit: Visit) -> Response:
        given = _given(visit, {"on", "from"})
        book, say = _book(visit), visit.speech
        day = _day(shell, visit, given.get("on", ""))
        since = _day(shell, visit, given["from"]) if given.get("from") else None
        holding = [law_said(each, say) for each in _holding(book, day)]
        return shell.render(
            visit,
            "office/rulebook.html",
            **frame(shell.services),
            book=book,
            pack=_pack(book, day, say),
            day=day,
            since=since,
            laws=holding,
            differs=None if since is None else _differs(book, since, day, say),
            room=ROOM,
        )

    def rule(visit: Visit) -> Response:
        given = _given(visit, {"on"})
        book, say = _book(visit), visit.speech
        name = visit.request.path_params["rule"]
        if name not in book.rules:
            raise Problem("not_found", "this rulebook has no such rule.")
        day = _day(shell, visit, given.get("on", ""))
        stated = book.rules[name]
        history = [
            law_said(each, say)._replace(until=until)
            for each, until in reversed([*spans(stated)])
            if each.rule is not None
        ]
        holds = stated_on(stated, at_once(day))
        return shell.render(
            visit,
            "office/law.html",
            **frame(shell.services),
            book=book,
            pack=_pack(book, day, say),
            name=name,
            day=day,
            now_holds=law_said(holds, say) if holds else None,
            history=history,
            data=_data(holds.rule if holds and holds.rule else history[0].rule),
            watched=[each for each in shell.services.rules.values() if _names(each.plain, name)],
            room=ROOM,
        )

    return [
        Route(ROOM, shell.page(listing), methods=["GET"], include_in_schema=False),
        Route(f"{ROOM}/{{pack}}", shell.page(pack), methods=["GET"], include_in_schema=False),
        Route(f"{ROOM}/{{pack}}/{{rule}}", shell.page(rule), methods=["GET"], include_in_schema=False),
    ]


def law_said(stated: Stated, say: Speech) -> Law:
    """A rule as it was stated, in words."""
    rule = stated.rule
    assert rule is not None, "what has ended is not stated"
    return Law(
        rule.id,
        told(rule.zh, rule.en, say.tag),
        kind_said(rule, say),
        figure_said(rule, say),
        citation(stated),
        rule.source,
        rule.status,
        say.text(known(STATUSES, rule.status)),
        TAGS.get(rule.status, ""),
        rule.status in APPLIED,
        stated.pack.effective_from,
        rule.effective_to or stated.pack.effective_to,
        rule.quote or "",
        rule.note or "",
        rule,
    )


def _holding(book: Book, day: date) -> list[Stated]:
    return [stated for _, each in sorted(book.rules.items()) if (stated := stated_on(each, at_once(day)))]


def _pack(book: Book, day: date, say: Speech) -> Pack:
    first, holding = book.files[0], _holding(book, day)
    statuses = [each.rule.status for each in holding if each.rule is not None]
    where = first.jurisdictions
    places = say.listed(where[:3]) + (" …" if len(where) > 3 else "") if where else say.text("platform's terms")
    return Pack(
        book.name,
        told(first.title, first.title_en, say.tag) if first.title != first.title_en else Sentence(first.title_en, "en"),
        first.issued_by,
        places,
        say.listed(say.text(known(KINDS, kind)) for kind in first.kinds),
        [each.effective_from for each in book.files],
        len(statuses),
        sum(each in APPLIED for each in statuses),
        statuses.count("unverified"),
    )


def _differs(book: Book, old: date, new: date, say: Speech) -> list[Differs]:
    return [
        Differs(
            each.rule,
            say.text(_CHANGES[each.kind]),
            law_said(each.old, say) if each.old is not None else None,
            law_said(each.new, say) if each.new is not None else None,
            [(name, _plain(a), _plain(b)) for name, (a, b) in each.fields.items() if name not in {"zh", "en"}],
        )
        for each in changes(book, old, new)
    ]


def _data(rule: AnyRule) -> list[tuple[str, str]]:
    """The fields of a rule that words have not told, as its data has them."""
    plain: dict[str, Any] = msgspec.to_builtins(rule)
    return [(name, _plain(value)) for name, value in plain.items() if name not in _TOLD and value not in (None, [], ())]


def _plain(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _names(plain: Mapping[str, Any], law: str) -> bool:
    """Whether a rule of the monitor takes its figures from this rule of the law."""
    return law in (plain.get("table") or {}).get("rulebook", ())


def _book(visit: Visit) -> Book:
    name = visit.request.path_params["pack"]
    if name not in books():
        raise Problem("not_found", "there is no such rulebook.")
    return books()[name]


def _given(visit: Visit, names: set[str]) -> dict[str, str]:
    pairs = visit.request.query_params.multi_items()
    given = {name: value.strip() for name, value in pairs}
    if len(given) != len(pairs) or given.keys() - names:
        raise Problem("invalid_parameter", f"known, and once each: {', '.join(sorted(names))}.")
    return given


def _day(shell: Shell, visit: Visit, text: str) -> date:
    """The day that is asked for; today where none is. Raises Problem."""
    if not text:
        return shell.services.now().astimezone(visit.speech.zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("invalid_parameter", "a day is written YYYY-MM-DD.") from None
