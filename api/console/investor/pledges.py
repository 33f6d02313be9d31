"""An investor's money over all platforms: sums by currency, each pledge as a card, and a page for each."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console import asked
from api.console.checking import SAYS
from api.console.investor import told
from api.console.investor.asking import herself, render
from api.console.investor.drawn import Bar, bar_of, sums
from api.console.investor.told import Told
from api.console.shell import HEADERS, Shell
from api.console.visits import Visit
from api.console.ways import INVESTOR
from api.console.words import EVENTS, N_, known
from api.mine import Owned
from api.problems import Problem
from projections.mine import NEWEST, Event

PLEDGES: Final = "/my/pledges"
PAGE: Final = 20
STORY: Final = {
    "made": N_("You made this pledge"),
    "collected": N_("Your money was collected"),
    "collection_failed": N_("Collecting your money failed"),
    "cancelled": N_("The pledge was taken back"),
    "reconfirmed": N_("You confirmed it again"),
    "refunded": N_("Money came back to you"),
    "lapsed": N_("It ended: the new terms were not confirmed in time"),
    "changed": N_("The project changed its terms"),
    "amended": N_("The project changed details"),
    "closed": N_("Fundraising ended"),
    "delivered": N_("The project reported a delivery"),
    "released": N_("Money of the project was paid out"),
    "returned": N_("Money of the project came back and is held again"),
}
OUTCOMES: Final = {
    "succeeded": N_("it succeeded"),
    "failed": N_("it failed"),
    "cancelled": N_("it was called off"),
}
WHOLE: Final = frozenset({"released", "returned"})  # sums of the whole project, not of her pledge


class Card(NamedTuple):
    """A pledge in the list."""

    owned: Owned
    told: Told
    address: str


class Line(NamedTuple):
    """A line of the story; `taken_back`: it was corrected since."""

    event: Event
    title: str
    said: str | None
    amount: str | None
    whole: bool
    taken_back: bool


class Receipt(NamedTuple):
    """A receipt: the event that it proves, and its JSON."""

    title: str
    text: str


def routes(shell: Shell) -> list[Route]:
    """/my/pledges, /my/pledges/{platform}/{pledge} and its receipts."""
    return [
        Route(PLEDGES, shell.page(_listing(shell), INVESTOR), methods=["GET"], include_in_schema=False),
        Route(
            f"{PLEDGES}/{{platform}}/{{pledge}}",
            shell.page(_one(shell), INVESTOR),
            methods=["GET"],
            include_in_schema=False,
        ),
        Route(
            f"{PLEDGES}/{{platform}}/{{pledge}}/receipts.json",
            shell.page(_receipts(shell), INVESTOR),
            methods=["GET"],
            include_in_schema=False,
        ),
    ]


def _listing(shell: Shell) -> Any:
    mine = shell.services.mine

    def page(visit: Visit) -> Response:
        given, who = asked.read(visit.request, cursor=None), herself(visit)
        question = ("my pledges page", who)
        before = cursors.decode(question, given.get("cursor") or None, int, NEWEST)
        read, overview = mine.pledges(who, before, PAGE + 1), mine.overview(who)
        shown, say, now = read.value[:PAGE], visit.speech, shell.services.now()
        return render(
            shell,
            visit,
            "investor/pledges.html",
            room="pledges",
            cards=[Card(each, told.pledge(each, say, now), address(each)) for each in shown],
            sums=sums(overview.value),
            cash=overview.value.cash,
            notes=told.platforms((each.pledge for each in shown), say),
            first="cursor" not in given,
            following=cursors.encode(question, shown[-1].pledge.position) if len(read.value) > PAGE else None,
            as_of=read.as_of,
        )

    return page


def address(owned: Owned) -> str:
    """Where a pledge has its page."""
    return f"{PLEDGES}/{owned.pledge.scope}/{owned.pledge.pledge}"


def _one(shell: Shell) -> Any:
    services = shell.services

    def page(visit: Visit) -> Response:
        asked.read(visit.request)
        platform, name = visit.request.path_params["platform"], visit.request.path_params["pledge"]
        read = services.mine.pledge(herself(visit), platform, name)
        if read.value is None:
            raise Problem("not_found", "you have no such pledge.")
        owned, say = read.value.owned, visit.speech
        return render(
            shell,
            visit,
            "investor/pledge.html",
            owned=owned,
            pledge=owned.pledge,
            address=address(owned),
            told=told.pledge(owned, say, services.now()),
            note=told.platform(owned.pledge.platform_status, owned.pledge.platform_name, say),
            bar=_bar(owned),
            story=[_line(each, owned.pledge.currency, visit) for each in read.value.events],
            receipts=_with_titles(_proved(shell, visit, platform, name), visit),
            keys=[each.verifier_key for each in services.reads.log_keys().value],
            says=SAYS,
            events=EVENTS,
            as_of=read.as_of,
        )

    return page


def _bar(owned: Owned) -> Bar | None:
    each = owned.pledge
    return bar_of(each.currency, each.collected, each.in_escrow, each.released, each.fees, each.refunded)


def _line(event: Event, currency: str, visit: Visit) -> Line:
    say = visit.speech
    said = OUTCOMES.get(event.said or "")
    told_of = say.text(said) if said else say.rate(event.said) if event.what == "delivered" and event.said else None
    return Line(
        event,
        say.text(known(STORY, event.what)),
        told_of,
        say.money(event.amount, currency) if event.amount else None,
        event.what in WHOLE,
        event.corrected_position is not None,
    )


def _proved(shell: Shell, visit: Visit, platform: str, name: str) -> list[dict[str, Any]] | None:
    """The receipts; None where they are not signed yet, which takes about a second."""
    try:
        return shell.services.mine.receipts(herself(visit), platform, name).value
    except Exception as error:
        problem = error if isinstance(error, Problem) else shell.services.problem_of(error)
        if problem is None or problem.code != "not_sealed":
            raise
        return None


def _with_titles(found: list[dict[str, Any]] | None, visit: Visit) -> list[Receipt] | None:
    if found is None:
        return None
    shown = []
    for each in found:
        event = msgspec.json.decode(each["entry"])["event"]
        title = visit.speech.text(known(EVENTS, event["type"]))
        shown.append(Receipt(title, msgspec.json.encode(each).decode()))
    return shown


def _receipts(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        given = asked.read(visit.request, number=None)
        platform, name = visit.request.path_params["platform"], visit.request.path_params["pledge"]
        found = shell.services.mine.receipts(herself(visit), platform, name).value
        if not found:
            raise Problem("not_found", "you have no such pledge.")
        number = given.get("number", "1")
        if not number.isascii() or not number.isdigit() or not 1 <= int(number[:9]) <= len(found):
            raise Problem("invalid_parameter", f"number is 1 to {len(found)}.")
        kept = f'attachment; filename="receipt-{platform}-{name}-{number}.json"'.replace(":", "-")
        headers = {**HEADERS, "Content-Disposition": kept}
        return Response(msgspec.json.encode(found[int(number) - 1]), 200, headers, "application/json")

    return page
