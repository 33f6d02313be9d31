"""A place to try: events are decided as if they had been sent, investments held against the law. Nothing is kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.platform import own
from api.console.platform.body import parsed, written
from api.console.platform.examples import example
from api.console.platform.held import OWN_TYPES
from api.console.platform.refused import FORM_BYTES_MAX, TEXT_BYTES_MAX
from api.console.platform.sending import items_of, tried
from api.console.reasons import Sentence, told
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import CODES, EVENTS, N_, known
from api.incoming import DOORS
from api.problems import Problem
from api.services import EligibilityAnswer, EligibilityQuestion, NoSuch
from ledger.candidate import Answer, Candidate
from ledger.eligibility import Check
from ledger.kernel import clock

ITEMS_MAX: Final = 200
AMOUNT_MAX: Final = 2**53 - 1
_NAME: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_array: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
FORMS: Final = {
    "one": "application/cloudevents+json",
    "batch": "application/cloudevents-batch+json",
    "lines": "application/x-ndjson",
}
# What has a door of its own, where it is known who acts, can't be sent.
SENT_TYPES: Final = tuple(name for name in OWN_TYPES if name not in DOORS)
OUTCOMES: Final[Mapping[str, str]] = {
    "pass": N_("kept"),
    "breach": N_("broken"),
    "warn": N_("a warning"),
    "not_provable": N_("can't be proved"),
}


class Line(NamedTuple):
    """What would become of one of the events."""

    number: int
    id: str
    type: str
    answer: Answer


class Trial(NamedTuple):
    """What the pasted text was and what would become of it. `trouble`: too_large, too_many, array, empty."""

    text: str
    form: str = ""
    lines: tuple[Line, ...] = ()
    trouble: str = ""

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many of each outcome, those that occur."""
        found = [(status, sum(line.answer.status == status for line in self.lines)) for status in STATUSES]
        return [each for each in found if each[1]]


STATUSES: Final = ("accepted", "duplicate", "parked", "refused")


class Told(NamedTuple):
    """A check of the law, in words."""

    says: Sentence
    outcome: str
    good: bool
    figure: str
    citation: str
    why: str | None


class Asked(NamedTuple):
    """The question about an investment as it was typed, and what came of it."""

    form: Mapping[str, str]
    answer: EligibilityAnswer | None = None
    checks: tuple[Told, ...] = ()
    limit: str = ""
    used: str = ""
    remaining: str = ""
    missing: str = ""  # there is no such thing: kind and name
    trouble: str = ""  # name, amount


NO_QUESTION: Final = Asked({})


def routes(shell: Shell) -> list[Route]:
    """/platform/sandbox."""

    def show(visit: Visit) -> Response:
        kind = own.asked(visit.request, "example").get("example", "")
        if kind and kind not in SENT_TYPES:
            raise Problem("invalid_parameter", "example is an event type that a platform may send.")
        text = written(_example(shell, visit, kind)) if kind else ""
        return _page(shell, visit, Trial(text), NO_QUESTION, kind)

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        return await asyncio.to_thread(_act, shell, visit, form)

    return [
        Route(own.SANDBOX, shell.page(show, PLATFORM), methods=["GET"], include_in_schema=False),
        Route(own.SANDBOX, shell.action(act, PLATFORM, FORM_BYTES_MAX), methods=["POST"], include_in_schema=False),
    ]


def _act(shell: Shell, visit: Visit, form: dict[str, str]) -> Response:
    action = form.get("do", "")
    if action == "try":
        trial = _tried(shell, visit, form.get("events", ""))
        return _page(shell, visit, trial, NO_QUESTION, "", 413 if trial.trouble == "too_large" else 200)
    if action == "ask":
        return _page(shell, visit, Trial(""), _eligibility(shell, visit, form), "")
    raise Problem("invalid_parameter", "do is try or ask.")


def _page(shell: Shell, visit: Visit, trial: Trial, asked: Asked, chosen: str, status: int = 200) -> Response:
    say = visit.speech
    return shell.render(
        visit,
        "platform/sandbox.html",
        status,
        **frame(shell.services),
        trial=trial,
        asked=asked,
        chosen=chosen,
        types=[(name, f"{say.text(known(EVENTS, name))} ({name})") for name in SENT_TYPES],
        most=ITEMS_MAX,
        media_type=FORMS.get(trial.form, FORMS["one"]),
        base=str(visit.request.base_url).rstrip("/"),
        code=lambda code: say.text(known(CODES, code)),
        event=lambda kind: say.text(known(EVENTS, kind)) if kind else "–",
        docs="/docs/refusals#",
    )


def _example(shell: Shell, visit: Visit, kind: str) -> dict[str, Any]:
    source = own.source_of(visit)
    newest = shell.services.own.sent(source, (kind,), None, 1).value
    stored = shell.services.reads.event(source, newest[0].id).value if newest else None
    return example(kind, source, stored.body if stored else None, shell.services.now(), clock.new_id()[-8:])


def _tried(shell: Shell, visit: Visit, text: str) -> Trial:
    assert visit.principal is not None, "an action is for people who have signed in"
    if len(text.encode()) > TEXT_BYTES_MAX:
        return Trial("", trouble="too_large")
    form, texts = split(text)
    if not texts:
        return Trial(text, trouble="array" if form == "batch" else "empty")
    if len(texts) > ITEMS_MAX:
        return Trial(text, trouble="too_many")
    items = items_of(shell.services, visit.principal, texts)
    answers = tried(shell.services, items)
    lines = tuple(
        Line(number, answer.id or "", item.type if isinstance(item, Candidate) else _type(raw), answer)
        for number, (item, raw, answer) in enumerate(zip(items, texts, answers, strict=True), 1)
    )
    return Trial(text, form, lines)


def split(text: str) -> tuple[str, list[bytes]]:
    """The form of what was pasted (one, batch, lines) and its events. An array that can't be read has none."""
    text = text.strip()
    if text.startswith("["):
        try:
            return "batch", [bytes(each) for each in _array(text.encode())]
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return "batch", []
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and parsed(text) is None and all(line.lstrip().startswith("{") for line in lines):
        return "lines", [line.encode() for line in lines]
    return "one", [text.encode()] if text else []


def _type(raw: bytes) -> str:
    found = (parsed(raw.decode()) or {}).get("type")
    return found[:100] if isinstance(found, str) else ""


def _eligibility(shell: Shell, visit: Visit, form: dict[str, str]) -> Asked:
    kind, about, investor = form.get("kind", "campaign"), form.get("about", ""), form.get("investor", "")
    amount = form.get("amount", "")
    if kind not in {"campaign", "loan"} or not _NAME.fullmatch(about) or not _NAME.fullmatch(investor):
        return Asked(form, trouble="name")
    if not (amount.isascii() and amount.isdigit() and len(amount) < 17 and 0 < int(amount) <= AMOUNT_MAX):
        return Asked(form, trouble="amount")
    question = EligibilityQuestion(own.name_of(visit), investor, kind, about, int(amount))
    found = shell.services.eligibility([question], None).value[0]
    if isinstance(found, NoSuch):
        return Asked(form, missing=str(found))
    binding, say = found.eligibility.binding, visit.speech

    def money(value: int | None) -> str:
        return "–" if value is None else say.money(value, found.currency)

    return Asked(
        form,
        found,
        tuple(_told(check, say) for check in found.eligibility.checks),
        money(binding.answer.limit.amount) if binding else "",
        money(binding.answer.used) if binding else "",
        money(binding.answer.remaining) if binding else "",
    )


def _told(check: Check, say: Speech) -> Told:
    cap, limit = check.cap, check.answer.limit.amount
    figure = "–"
    if limit is not None:
        figure = say.money(limit, cap.currency) if cap.currency else say.number(limit)
    return Told(
        told(cap.zh, cap.en, say.tag),
        say.text(known(OUTCOMES, check.outcome)),
        check.outcome == "pass",
        figure,
        check.citation,
        check.why,
    )
