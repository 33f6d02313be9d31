"""An investor's loans over all platforms: what she lent, what came back, what is due next."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console import asked
from api.console.investor import told
from api.console.investor.asking import herself, render
from api.console.investor.drawn import sums
from api.console.investor.told import Told
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.ways import INVESTOR
from api.console.words import N_, known
from api.mine import Lending, LoanStory
from api.problems import Problem
from ledger.lending.plan import Line as Instalment
from projections.mine import LAST, NEWEST

LOANS: Final = "/my/loans"
PAGE: Final = 20
STORY: Final = {
    "bid": N_("You offered money"),
    "withdrawn": N_("You took your offer back"),
    "bought": N_("You bought a part of the loan"),
    "sold": N_("You sold your part"),
    "disbursed": N_("The loan was paid out"),
    "lapsed": N_("The loan was not paid out"),
    "restructured": N_("The terms were changed"),
    "defaulted": N_("The platform reported that the borrower does not pay"),
    "written_off": N_("A part was given up as lost"),
    "settled": N_("The loan ended"),
}
STATES: Final = {
    "paid": N_("paid"),
    "due": N_("to come"),
    "late": N_("overdue"),
    "replaced": N_("replaced"),
    "ended": N_("ended"),
}


class Card(NamedTuple):
    """A loan in the list."""

    lending: Lending
    told: Told
    address: str


class Line(NamedTuple):
    """A line of the story."""

    at: Any
    position: int
    title: str
    amount: str | None
    interest: str | None
    taken_back: bool


class Part(NamedTuple):
    """One of her parts of a loan, with its story."""

    story: LoanStory
    told: Told
    lines: list[Line]
    schedule: list[tuple[Instalment, int, str]]  # with her part of it, and its state in words


def routes(shell: Shell) -> list[Route]:
    """/my/loans and /my/loans/{platform}/{loan}."""
    return [
        Route(LOANS, shell.page(_listing(shell), INVESTOR), methods=["GET"], include_in_schema=False),
        Route(
            f"{LOANS}/{{platform}}/{{loan}}",
            shell.page(_one(shell), INVESTOR),
            methods=["GET"],
            include_in_schema=False,
        ),
    ]


def _listing(shell: Shell) -> Any:
    mine = shell.services.mine

    def page(visit: Visit) -> Response:
        given, who = asked.read(visit.request, cursor=None), herself(visit)
        question = ("my loans page", who)
        before = cursors.decode(question, given.get("cursor") or None, tuple[int, str], (NEWEST, LAST))
        read, overview = mine.loans(who, before, PAGE + 1), mine.overview(who)
        shown, say, now = read.value[:PAGE], visit.speech, shell.services.now()
        last = shown[-1].loan if shown else None
        more = last is not None and len(read.value) > PAGE
        return render(
            shell,
            visit,
            "investor/loans.html",
            room="loans",
            cards=[Card(each, told.loan(each, say, now), address(each)) for each in shown],
            sums=sums(overview.value),
            cash=overview.value.cash,
            notes=told.platforms((each.loan for each in shown), say),
            first="cursor" not in given,
            following=cursors.encode(question, (last.position, last.party)) if last and more else None,
            as_of=read.as_of,
        )

    return page


def address(lending: Lending) -> str:
    """Where a loan has its page."""
    return f"{LOANS}/{lending.loan.scope}/{lending.loan.loan}"


def _one(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        asked.read(visit.request)
        platform, name = visit.request.path_params["platform"], visit.request.path_params["loan"]
        read = shell.services.mine.loan(herself(visit), platform, name)
        if not read.value:
            raise Problem("not_found", "you have no part in such a loan.")
        loan = read.value[0].lending.loan
        return render(
            shell,
            visit,
            "investor/loan.html",
            loan=loan,
            subject=loan.key,
            parts_of=[_part(each, visit, shell) for each in read.value],
            note=told.platform(loan.platform_status, loan.platform_name, visit.speech),
            as_of=read.as_of,
        )

    return page


def _part(story: LoanStory, visit: Visit, shell: Shell) -> Part:
    loan, figures = story.lending.loan, story.lending.figures
    # A share of the whole loan as it stands; of one that is over nothing is to come.
    whole = loan.loan_outstanding
    schedule = [
        (line, (line.principal + line.interest) * loan.outstanding // whole if whole else 0, _state(line.state, visit))
        for line in figures.schedule
        if line.state in {"due", "late"}
    ]
    return Part(story, told.loan(story.lending, visit.speech, shell.services.now()), _lines(story, visit), schedule)


def _state(state: str, visit: Visit) -> str:
    return visit.speech.text(known(STATES, state))


def _lines(story: LoanStory, visit: Visit) -> list[Line]:
    say, currency = visit.speech, story.lending.loan.currency
    began = min((each.position for each in story.events), default=0)
    found = [
        Line(
            each.happened_at,
            each.position,
            say.text(known(STORY, each.what)),
            say.money(each.amount, currency) if each.amount else None,
            None,
            each.corrected_position is not None,
        )
        for each in story.events
    ]
    found += [
        Line(each.happened_at, each.position, say.text(known(STORY, each.step)), None, None, taken_back=False)
        for each in story.steps
        if each.position > began
    ]
    repaid = say.text(N_("A repayment came in for you"))
    found += [
        Line(
            each.happened_at,
            each.position,
            repaid,
            say.money(each.cash, currency),
            say.text(N_("of it %(amount)s principal"), amount=say.money(each.principal, currency)),
            taken_back=False,
        )
        for each in story.receipts
    ]
    return sorted(found, key=lambda each: (each.at, each.position))
