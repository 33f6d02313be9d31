"""Sanctions: what was imposed on whom, until when; a new one, and the lifting of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from iso4217 import Currency
from starlette.responses import Response
from starlette.routing import Route

from api import case_actions, cursors, sanction_actions
from api.access import Principal
from api.console.links import page_of
from api.console.office.case_words import sanction as sanction_word
from api.console.office.casework import (
    SANCTIONS,
    Reply,
    acting,
    frame_of,
    led,
    officer,
    parameters,
    platforms_of,
    reply_of,
    validated,
)
from api.console.reasons import Sentence
from api.console.shell import Shell
from api.console.visits import Visit
from api.problems import Problem
from api.sanction_actions import NewSanction
from ledger.casework.lists import lists
from ledger.kernel.money import is_currency
from projections.sanctions import Asked, Sanction

PAGE: Final = 30
NEW: Final = f"{SANCTIONS}/new"
FILTERS: Final = ("platform", "subject", "kind", "case", "holding")
FIELDS: Final = ("subject", "kind", "begins", "until", "limit", "amount", "currency", "case", "citation", "text")
_FIRST: Final = date(1970, 1, 1)
_LARGEST: Final = Decimal(2) ** 53  # minor units, as of every amount of the contract


class Line(NamedTuple):
    """A sanction in the list. `holds`: it does today."""

    sanction: Sanction
    kind: Sentence
    platform: str
    begins: date
    until: date | None
    holds: bool


def routes(shell: Shell) -> list[Route]:
    """/console/sanctions, its form, and the lifting of one."""
    services = shell.services

    def show(visit: Visit) -> Response:
        reply, given = reply_of(visit, *FILTERS, "cursor")
        return _page(shell, visit, reply, given)

    def form(visit: Visit) -> Response:
        return _form(shell, visit, Reply(form=parameters(visit, "subject", "case")))

    def impose(_visit: Visit, who: Principal, form: dict[str, str], once: str | None) -> tuple[str, int]:
        return SANCTIONS, sanction_actions.impose(services, who, _new(form), once)[1]

    def lift(visit: Visit, who: Principal, form: dict[str, str], once: str | None) -> tuple[str, int]:
        if "reason" not in form:
            raise Problem("invalid_parameter", "say why it is lifted.")
        name = visit.request.path_params["name"]
        return SANCTIONS, sanction_actions.lift(services, who, name, form["reason"], once)

    def again(visit: Visit, reply: Reply) -> Response:
        return _page(shell, visit, reply, {})

    def form_again(visit: Visit, reply: Reply) -> Response:
        return _form(shell, visit, reply)

    one = f"{SANCTIONS}/{{name}}/lift"
    return [
        Route(SANCTIONS, shell.page(show), methods=["GET"], include_in_schema=False),
        Route(NEW, shell.page(form), methods=["GET"], include_in_schema=False),
        Route(NEW, acting(shell, "impose", impose, form_again), methods=["POST"], include_in_schema=False),
        Route(one, acting(shell, "lift", lift, again), methods=["POST"], include_in_schema=False),
        Route(one, led(shell, SANCTIONS), methods=["GET"], include_in_schema=False),
    ]


def _page(shell: Shell, visit: Visit, reply: Reply, given: Mapping[str, str]) -> Response:
    today = case_actions.today(shell.services)
    if given.get("kind", "") not in ("", *lists().sanctions) or given.get("holding", "") not in ("", "1"):
        raise Problem("invalid_parameter", f"kind is one of {', '.join(lists().sanctions)}; holding is 1.")
    day = (today - _FIRST).days if given.get("holding") else None
    asked = Asked(None, given.get("subject"), given.get("platform"), given.get("kind"), given.get("case"), day)
    chosen = {name: given[name] for name in FILTERS if name in given}
    question = ("console", "sanctions", *chosen.items())
    before: int | None = cursors.decode(question, given.get("cursor"), int | None, None)
    found = shell.services.reads.sanctions(asked, before, PAGE + 1)
    shown, platforms = found.value[:PAGE], platforms_of(shell)
    following = cursors.encode(question, shown[-1].imposed_position) if len(found.value) > PAGE else None
    return shell.render(
        visit,
        "office/sanctions.html",
        reply.status,
        **frame_of(shell, found.as_of, reply),
        lines=[_line(each, today, platforms, visit) for each in shown],
        chosen={**dict.fromkeys(FILTERS, ""), **chosen},
        narrowed=bool(chosen),
        page_of=page_of,
        kinds=_kinds(visit),
        platforms=sorted(platforms.items(), key=lambda each: each[1]),
        first=f"{SANCTIONS}?{urlencode(chosen)}" if before else None,
        following=following and f"{SANCTIONS}?{urlencode({**chosen, 'cursor': following})}",
    )


def _form(shell: Shell, visit: Visit, reply: Reply) -> Response:
    officer(visit)
    today = case_actions.today(shell.services).isoformat()
    begun = {**dict.fromkeys(FIELDS, ""), "begins": today, "currency": "CNY"}
    return shell.render(
        visit,
        "office/sanction_new.html",
        reply.status,
        **frame_of(shell, None, reply),
        form={**begun, **(reply.form or {})},
        kinds=_kinds(visit),
        platforms=sorted(platforms_of(shell).items(), key=lambda each: each[1]),
    )


def _kinds(visit: Visit) -> list[tuple[str, str]]:
    return [(code, sanction_word(code, visit.speech).text) for code in lists().sanctions]


def _line(row: Sanction, today: date, platforms: Mapping[str, str], visit: Visit) -> Line:
    begins = _FIRST + timedelta(days=row.first_day)
    until = None if row.last_day is None else _FIRST + timedelta(days=row.last_day)
    holds = row.lifted_at is None and begins <= today and (until is None or today <= until)
    where = platforms.get(row.platform, row.platform)
    return Line(row, sanction_word(row.kind, visit.speech), where, begins, until, holds)


def _new(form: Mapping[str, str]) -> NewSanction:
    """What the form says. Raises Problem where it can't be meant."""
    fields: dict[str, Any] = {name: form.get(name) for name in FIELDS}
    for name in ("limit", "amount"):
        if name in form:
            fields[name] = _minor(form[name], form.get("currency", ""))
    if fields["limit"] is None and fields["amount"] is None:
        fields["currency"] = None  # the form begins with one
    return validated(NewSanction, fields)


def _minor(text: str, currency: str) -> int:
    """An amount as people write it (50,000.00), in minor units. Raises Problem for what is none."""
    digits = (Currency(currency).exponent if is_currency(currency) else None) or 0
    try:
        minor = Decimal(text.replace(",", "").replace("\uff0c", "")).scaleb(digits)
    except InvalidOperation:
        minor = Decimal(0)
    if not minor.is_finite() or not 0 < minor < _LARGEST or minor != minor.to_integral_value():
        raise Problem(
            "invalid_parameter", f"{text[:40]!r} is no amount of {currency[:3]}: write it as 50000 or 50000.00."
        )
    return int(minor)
