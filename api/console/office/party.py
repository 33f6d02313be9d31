"""The exposure explorer: a person or company over all platforms, with limits, counterparties and flow, at two times."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.links import page_of
from api.console.office import entity
from api.console.office.entity import Asked
from api.console.reasons import Sentence, told
from api.console.shell import Shell
from api.console.visits import Visit
from api.exposures import PartyExposure
from api.listed import Lot, Place
from api.problems import Problem
from api.services import LimitUse
from ledger.exchange import NoRate, total
from ledger.kernel.money import is_currency
from ledger.states.parties import Party

PARTIES: Final = "/console/parties"
WIDTH: Final = 100


class Meter(NamedTuple):
    """A limit of a law and how much of it is used. `bar`: the used part, of WIDTH; money as it is shown."""

    text: Sentence
    role: str
    jurisdiction: str
    outcome: str
    used: str
    limit: str
    remaining: str
    bar: int
    citation: str
    why: str | None


class Converted(NamedTuple):
    """Everything in one currency; `why`: a rate is missing, then nothing is added up."""

    currency: str
    at_stake: str
    owed: str
    why: str | None


def routes(shell: Shell) -> list[Route]:
    """/console/parties/{scope}/{name}."""
    return entity.gets(shell, {f"{PARTIES}/{{scope}}/{{name:path}}": _show})


def _show(shell: Shell, visit: Visit) -> Response:
    reads, look = shell.services.reads, shell.services.look
    of = entity.asked(shell, visit, "party", "currency", "pledges", "bids", "loans")
    into = _into(shell, of)
    read = reads.exposure(of.key, None, of.times, into)
    found = read.value
    if found is None or found.known is not None:
        return _absent(shell, visit, of, found)
    platforms = entity.names(shell)
    own = reads.states([of.key]).value.get(of.key)
    mine = found.parties
    lot = Lot(parties=mine)
    return shell.render(
        visit,
        "office/party.html",
        **frame(shell.services),
        asked=of,
        party=own if isinstance(own, Party) else None,
        found=found,
        platforms=platforms,
        platform=platforms.get(of.scope, of.scope),
        meters=None if of.times.asked else [_meter(each, visit) for each in reads.limits_used(of.key).value],
        converted=None if into is None else _converted(found, *into, visit),
        currency=of.given.get("currency", ""),
        around=entity.flow_around(shell, visit, of, mine, platforms).value,
        pledges=entity.listed(of.given, "pledges", (mine,), partial(look.pledges, lot), _place),
        bids=entity.listed(of.given, "bids", (mine,), partial(look.bids, lot), _place),
        loans=entity.listed(of.given, "loans", (mine,), partial(_loans, shell, mine), _place),
        campaigns=look.campaigns(lot, None, entity.PAGE).value,
        alerts_address=entity.alerts_address(of.key),
        alerts=entity.alerts_about(shell, visit, mine, platforms),
        events=entity.events_about(shell, visit, of, platforms),
        page_of=page_of,
        as_of=read.as_of,
    )  # fmt: skip


def _place(row: object) -> Place:
    return Place(0, row.position)  # type: ignore[attr-defined]


def _loans(shell: Shell, parties: list[str], before: Place | None, limit: int) -> object:
    return shell.services.look.loans(Lot(parties=parties), before, limit, 0)


def _into(shell: Shell, of: Asked) -> tuple[str, date] | None:
    currency = of.given.get("currency", "").upper()
    if not currency:
        return None
    if not is_currency(currency):
        raise Problem("invalid_parameter", f"{currency} is no currency of ISO 4217.")
    return currency, (of.times.at or shell.services.now()).astimezone(ZoneInfo(shell.services.time_zone)).date()


def _absent(shell: Shell, visit: Visit, of: Asked, found: PartyExposure | None) -> Response:
    if found is None or found.known is None:
        raise Problem("not_found", f"there is no party {of.name!r} of {of.scope!r}.")
    return shell.render(visit, "office/not_then.html", 404, **frame(shell.services), asked=of, then=found)


def _converted(found: PartyExposure, currency: str, day: date, visit: Visit) -> Converted:
    del day  # of the rates, which were read with it
    rates = found.rates or {}
    sums = []
    try:
        for borrowed in (False, True):
            rows = [each for each in found.exposures if (each.kind == "borrower") is borrowed]
            lines = [(each.at_stake, each.currency) for each in rows]
            sums.append(visit.speech.money(total(lines, currency, rates)[0], currency))
    except NoRate as none:
        return Converted(currency, "", "", f"{none.source} → {none.target}")
    return Converted(currency, sums[0], sums[1], None)


def _meter(used: LimitUse, visit: Visit) -> Meter:
    say, check = visit.speech, used.check
    cap, answer = check.cap, check.answer

    def shown(amount: int | None) -> str:
        if amount is None:
            return "–"
        return say.money(amount, cap.currency) if cap.currency else say.number(amount)

    limit, spent = answer.limit.amount, answer.used
    return Meter(
        told(cap.zh, cap.en, say.tag),
        used.role,
        used.jurisdiction,
        check.outcome,
        shown(spent),
        shown(limit),
        shown(answer.remaining),
        min(WIDTH, spent * WIDTH // limit) if limit and spent else 0,
        check.citation,
        check.why,
    )
