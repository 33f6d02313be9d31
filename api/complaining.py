"""Complaints: an investor files one and sees what became of it; the office reads them, and opens a text on the record.

The event has a category, what it is about, and a salted digest of the text. The text, and whose it is, lie beside the
log: a layperson's own words may hold anybody's name, and the log is for ever.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal, NamedTuple, get_args

from api import vault
from api.access import REGISTRY, Herself, Principal
from api.mine import NewComplaint
from api.problems import Problem
from api.services import Services
from ledger.events.naming import key, name_of, scope_and_name
from ledger.kernel import clock
from ledger.kernel.refusals import Code

Kind = Literal["pledge", "loan", "platform"]
Category = Literal[
    "money_not_back", "not_delivered", "late_payment", "wrong_figures", "not_mine", "misleading", "other"
]
CATEGORIES: Final[tuple[str, ...]] = get_args(Category)
TEXT_MAX: Final = 2_000
TEXT_MIN: Final = 3
DAILY_MAX: Final = 10
DAY: Final = timedelta(days=1)
_SALT_BYTES: Final = 16


class Subject(NamedTuple):
    """What she complains about: a pledge or loan of hers, or a platform that knows her."""

    kind: Kind
    platform: str
    id: str | None = None


class Filed(NamedTuple):
    """Where the log has it."""

    complaint: str
    position: int


class _Found(NamedTuple):
    party: str
    subject: str
    kind: str
    id: str  # as the registry names it: `<platform>:<id>`


def file(services: Services, principal: Principal, subject: Subject, category: str, text: str) -> Filed:
    """Keep the text sealed, then record the complaint. Raises Problem: not_found, malformed, too_many_requests."""
    her = principal.herself
    text = text.strip()
    if category not in CATEGORIES:
        raise Problem(Code.MALFORMED, f"category is one of {', '.join(CATEGORIES)}.")
    if not TEXT_MIN <= len(text) <= TEXT_MAX or "\0" in text:
        raise Problem(Code.MALFORMED, f"the text has {TEXT_MIN} to {TEXT_MAX} characters.")
    found = _hers(services, her, subject)
    complaint, salt = clock.new_id(), secrets.token_hex(_SALT_BYTES)
    about = key(found.kind, *_parts(found))
    new = NewComplaint(complaint, her.person, found.party, found.subject, about, category, salt, text)
    oldest = services.complaints.keep(new, DAILY_MAX, services.now() - DAY)
    if oldest is not None:
        wait = max(1, int((oldest + DAY - services.now()).total_seconds()))
        raise Problem(
            "too_many_requests",
            f"you have filed {DAILY_MAX} complaints in a day; they are all received.",
            headers={"Retry-After": str(wait)},
        )
    return Filed(complaint, _record(services, new, found))


def _parts(found: _Found) -> tuple[str, str]:
    scope, _, name = found.id.partition(":")
    return scope, name or scope


def _hers(services: Services, her: Herself, subject: Subject) -> _Found:
    """What she names, where it is hers; anybody else's looks as if it were not there."""
    kind, platform, name = subject
    if kind == "pledge":
        story = services.mine.pledge(her, platform, name or "").value
        if story is not None:
            pledge = story.owned.pledge
            return _Found(pledge.party, pledge.key, "campaign", f"{platform}:{pledge.campaign_id}")
    elif kind == "loan":
        stories = services.mine.loan(her, platform, name or "").value
        if stories:
            loan = stories[0].lending.loan
            return _Found(loan.party, loan.key, "loan", f"{platform}:{loan.loan}")
    elif name is None:
        known = [each for each in services.mine.platforms(her).value if each.scope == platform]
        if known:
            return _Found(known[0].key, f"platform:{platform}", "platform", platform)
    raise Problem("not_found", f"you have no {kind} {name or platform!r} there.")


def digest(salt: str, text: str) -> str:
    """What the event has of a text: without the salt nobody can tell by guessing what was written."""
    return "sha256:" + hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def _record(services: Services, new: NewComplaint, found: _Found) -> int:
    now = services.now()
    data = {
        "complaint": new.complaint,
        "about": {"kind": found.kind, "id": found.id},
        "category": new.category,
        "extra": {"text_digest": digest(new.salt, new.text)},
    }
    event = {
        "specversion": "1.0", "id": new.complaint, "source": REGISTRY, "type": "complaint.filed",
        "time": now.isoformat(), "data": data,
    }  # fmt: skip
    answer = services.record(services.decode(event, frozenset({REGISTRY}), now))
    if answer.status == "refused" or answer.position is None:
        services.complaints.drop(new.complaint)
        raise Problem(answer.code or Code.MALFORMED, answer.detail or "it can't be recorded.")
    return answer.position


class Opened(NamedTuple):
    """A text that the office was shown, and the event that says so."""

    text: str
    position: int


def open_text(services: Services, principal: Principal, complaint: str, reason: str) -> Opened:
    """What an investor wrote. The look is recorded first, as one into the vault. Raises Problem: not_found."""
    party = services.complaints.party(complaint)
    if party is None:
        raise Problem("not_found", f"no sealed text belongs to complaint {complaint!r}; it may have been erased.")
    position = vault.looked(services, principal, party, f"complaint {complaint}: {reason}")
    found = services.complaints.text(complaint)
    if found is None:
        raise Problem("erased", "the text was erased at this moment.")
    return Opened(found.text, position)


def subject_of(key: str) -> Subject:
    """What the key of a complaint's subject names."""
    kind = key.partition(":")[0]
    if kind == "platform":
        return Subject("platform", scope_and_name(key))
    scope = scope_and_name(key).partition("/")[0]
    return Subject("pledge" if kind == "pledge" else "loan", scope, name_of(key))


def given(form: Mapping[str, str]) -> Subject:
    """The subject that a form names as `pledge:huizhong/P-1` or `platform:huizhong`. Raises Problem."""
    kind, colon, rest = form.get("subject", "").partition(":")
    if not colon or kind not in {"pledge", "loan", "platform"} or not rest:
        raise Problem(Code.MALFORMED, "choose what it is about.")
    return subject_of(f"{kind}:{rest}")
