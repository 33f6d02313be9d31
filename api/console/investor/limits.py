"""How much of each limit of the law an investor has used over all platforms, drawn; and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api import facts
from api.console import asked
from api.console.investor.asking import herself, render
from api.console.investor.drawn import share
from api.console.reasons import Sentence
from api.console.reasons import told as in_words
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.ways import INVESTOR
from api.console.words import N_, PLATFORM_KINDS, known
from api.mine import Declared, Freed, Limit
from ledger.rulebook.checks import APPLIED

LIMITS: Final = "/my/limits"
FIGURES: Final = {
    "annual_income": N_("your yearly income"),
    "net_worth": N_("your net worth"),
    "net_assets": N_("your net assets"),
    "financial_assets": N_("your financial assets"),
    "average_income": N_("your average income"),
    "experience_years": N_("your experience, in years"),
}
MEASURES: Final = {
    "flow": N_("New money in %(months)s months, on all platforms together"),
    "outstanding": N_("Money that is lent out at one time, on all platforms together"),
    "ticket": N_("Money in one investment"),
}


class Shown(NamedTuple):
    """A limit as a card. `filled` is in thousandths; None where no figure can be told."""

    limit: Limit
    where: str
    measure: str
    means: Sentence
    law: Sentence
    article: str
    filled: int | None
    over: bool
    missing: list[str]
    why_not: str | None


def routes(shell: Shell) -> list[Route]:
    """/my/limits."""
    return [Route(LIMITS, shell.page(_page(shell), INVESTOR), methods=["GET"], include_in_schema=False)]


def _page(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        asked.read(visit.request)
        read = shell.services.mine.limits(herself(visit))
        known_on = shell.services.mine.platforms(herself(visit)).value
        return render(
            shell,
            visit,
            "investor/limits.html",
            limits=[_shown(each, visit.speech) for each in read.value.limits],
            lawless=_lawless(read.value.limits, [each.jurisdiction for each in known_on], visit.speech),
            declared=[(each, _declared(each, visit.speech)) for each in read.value.declared],
            freed=lambda each: _freed(each, visit.speech),
            since=lambda each: facts.moment(each.declaration.declared_at),
            names={each.scope: each.platform_name for each in known_on},
            as_of=read.as_of,
        )

    return page


def _lawless(limits: Sequence[Limit], jurisdictions: Sequence[str], say: Speech) -> list[str]:
    """Where she is known and no law that we know sets her a limit."""
    having = {each.jurisdiction for each in limits}
    return [say.country(code) for code in sorted(set(jurisdictions) - having)]


def _shown(limit: Limit, say: Speech) -> Shown:
    check = limit.check
    cap, answer, pack = check.cap, check.answer, check.stated.pack
    top = answer.limit.amount
    measurable = top is not None and answer.used is not None and cap.measure != "ticket"
    return Shown(
        limit=limit,
        where=f"{say.country(limit.jurisdiction)} · {say.text(known(PLATFORM_KINDS, limit.kind))}",
        measure=say.text(known(MEASURES, cap.measure), months=cap.months or 0),
        means=in_words(cap.zh, cap.en, say.tag),
        law=in_words(pack.title, pack.title_en, say.tag),
        article=cap.article,
        filled=share(answer.used or 0, top or 0) if measurable else None,
        over=top is not None and answer.used is not None and answer.used > top,
        missing=[say.text(known(FIGURES, name)) for name in answer.limit.missing],
        why_not=_why_not(limit, say),
    )


def _why_not(limit: Limit, say: Speech) -> str | None:
    """Why no figure stands here, where it is not for want of a declaration."""
    check = limit.check
    if check.cap.status not in APPLIED:
        return say.text(
            N_("This limit is not in force, or we have not read its text ourselves. It is shown and not applied.")
        )
    if check.answer.limit.missing:
        return None
    if check.answer.limit.amount is None:
        return say.text(N_("This limit does not hold for you, by what you have declared."))
    if check.answer.used is None:
        return say.text(
            N_("A part of your money is in another currency, and nobody has reported an exchange rate for it.")
        )
    return None


def _declared(each: Declared, say: Speech) -> list[tuple[str, str]]:
    """What she said, with its labels."""
    told = each.declaration
    money, years = ("annual_income", "net_worth", "financial_assets"), told.experience_years
    given = {name: say.money(value, told.currency) for name in money if (value := getattr(told, name)) is not None}
    if years is not None:
        given["experience_years"] = say.number(years)
    return [(say.text(known(FIGURES, name)), value) for name, value in given.items()]


def _freed(each: Freed, say: Speech) -> str:
    """When room comes back."""
    text = N_("From %(day)s, %(amount)s becomes free again.")
    return say.text(text, day=say.day(each.on), amount=say.money(each.amount, each.currency))
