"""An investor's complaints: file one about something of her own, and see that it was received."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import complaining, cursors
from api.access import Herself
from api.complaining import CATEGORIES, DAILY_MAX, TEXT_MAX
from api.console import asked
from api.console.investor.asking import herself, render
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.ways import INVESTOR
from api.console.words import COMPLAINTS, N_
from api.mine import Kept
from api.problems import Problem
from projections.mine import LAST, NEWEST

PATH: Final = "/my/complaints"
PAGE: Final = 20
CHOICES_MAX: Final = 40


class Option(NamedTuple):
    """Something of hers that she may complain about."""

    key: str
    label: str


class Choices(NamedTuple):
    """What the form offers."""

    pledges: list[Option]
    loans: list[Option]
    platforms: list[Option]

    def label(self, key: str) -> str | None:
        """What one of them is called; None where it is not offered."""
        return next((each.label for group in self for each in group if each.key == key), None)


def routes(shell: Shell) -> list[Route]:
    """/my/complaints."""
    return [
        Route(PATH, shell.page(_page(shell), INVESTOR), methods=["GET"], include_in_schema=False),
        Route(PATH, shell.action(_act(shell), INVESTOR), methods=["POST"], include_in_schema=False),
    ]


def _page(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        given = asked.read(visit.request, subject=None, cursor=None, done=None)
        return _shown(shell, visit, {"subject": given.get("subject", "")}, given)

    return page


def _shown(
    shell: Shell, visit: Visit, form: dict[str, str], given: dict[str, str], problem: Problem | None = None
) -> Response:
    who = herself(visit)
    question = ("my complaints page", who)
    before = cursors.decode(question, given.get("cursor") or None, tuple[datetime, str] | None, None)
    read = shell.services.complaints.of(who.person, before, PAGE + 1)
    shown = read.value[:PAGE] if who.whole else []
    last = shown[-1] if shown and len(read.value) > PAGE else None
    choices = _choices(shell, visit, form.get("subject", ""))
    return render(
        shell,
        visit,
        "investor/complaints.html",
        problem.status if problem else 200,
        form=form,
        problem=problem,
        trouble=_trouble(problem, visit),
        choices=choices,
        categories=[(name, visit.speech.text(COMPLAINTS[name])) for name in CATEGORIES],
        said={name: visit.speech.text(COMPLAINTS[name]) for name in CATEGORIES},
        kept=[(each, _label(each, choices)) for each in shown],
        whole=who.whole,
        first="cursor" not in given,
        done=next((each for each in read.value if each.complaint == given.get("done")), None),
        following=cursors.encode(question, (last.filed_at, last.complaint)) if last else None,
        text_max=TEXT_MAX,
        daily_max=DAILY_MAX,
        as_of=read.as_of,
    )


def _label(kept: Kept, choices: Choices) -> str:
    # What is no longer among the newest is called by its id.
    return choices.label(kept.subject) or kept.subject.partition(":")[2].replace("/", " · ")


def _choices(shell: Shell, visit: Visit, wanted: str) -> Choices:
    """Her newest pledges and loans, her platforms; what the address asks for is among them, however old."""
    mine, who, say = shell.services.mine, herself(visit), visit.speech
    pledges = [
        Option(
            each.pledge.key,
            f"{each.pledge.title} · {each.pledge.platform_name} · "
            + say.money(each.pledge.amount, each.pledge.currency),
        )
        for each in mine.pledges(who, NEWEST, CHOICES_MAX).value
    ]
    loans = [
        Option(each.loan.key, f"{each.loan.purpose or each.loan.loan} · {each.loan.platform_name}")
        for each in mine.loans(who, (NEWEST, LAST), CHOICES_MAX).value
    ]
    platforms = {each.scope: each.platform_name for each in mine.platforms(who).value}
    found = Choices(
        pledges,
        [*dict.fromkeys(loans)],
        [Option(f"platform:{scope}", name) for scope, name in platforms.items()],
    )
    if wanted.startswith("pledge:") and found.label(wanted) is None:
        found.pledges.extend(_older(shell, who, wanted))
    return found


def _older(shell: Shell, who: Herself, wanted: str) -> Iterator[Option]:
    subject = complaining.subject_of(wanted)
    story = shell.services.mine.pledge(who, subject.platform, subject.id or "").value
    if story is not None:
        yield Option(wanted, f"{story.owned.pledge.title} · {story.owned.pledge.platform_name}")


def _trouble(problem: Problem | None, visit: Visit) -> str | None:
    if problem is None:
        return None
    if problem.code == "too_many_requests":
        text = N_("You have filed %(num)s complaints today, and all of them were received. Come back tomorrow.")
        return visit.speech.text(text, num=visit.speech.number(DAILY_MAX))
    if problem.code == "not_found":
        return visit.speech.text(N_("Choose what it is about: one of your pledges or loans, or a platform."))
    return visit.speech.text(N_("Choose what it is about and what happened, and say it in a few words."))


def _act(shell: Shell) -> Any:
    async def act(visit: Visit, form: dict[str, str]) -> Response:
        assert visit.principal is not None
        try:
            subject = complaining.given(form)
            done = await asyncio.to_thread(
                complaining.file,
                shell.services,
                visit.principal,
                subject,
                form.get("category", ""),
                form.get("text", ""),
            )
        except Problem as problem:
            if problem.status >= 500:
                raise
            response = await asyncio.to_thread(_shown, shell, visit, form, {}, problem)
            if "Retry-After" in problem.headers:
                response.headers["Retry-After"] = problem.headers["Retry-After"]
            return response
        return RedirectResponse(f"{PATH}?{urlencode({'done': done.complaint})}#received", 303)

    return act
