"""Decisions on sanctions: whom they are about is known, and each is lifted once."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.casework.lists import lists
from ledger.decisions.base import Boundary, Outcome, micros
from ledger.events.sanctions import SanctionImposed, SanctionLifted
from ledger.kernel.refusals import Code, Refused
from ledger.states.cases import Case, Sanction, case_key, sanction_key
from ledger.states.registry import is_absent


def imposed(candidate: Candidate, data: SanctionImposed, boundary: Boundary) -> Outcome:
    """Of whom nobody has heard there is nothing to sanction: refused, since a sanction that waits would surprise."""
    own = sanction_key(data.sanction)
    if boundary.get(own) is not None:
        raise Refused(Code.ENTITY_EXISTS, f"sanction {data.sanction} exists already; choose another id.")
    if data.kind not in lists().sanctions:
        raise Refused(Code.MALFORMED, f"kind {data.kind!r} is none of {', '.join(lists().sanctions)}.")
    if is_absent(boundary.get(data.subject)):
        code = Code.PLATFORM_NOT_REGISTERED if data.subject.startswith("platform:") else Code.PARTY_UNKNOWN
        raise Refused(code, f"there is no {data.subject}: a sanction is about a registered platform or party.")
    if data.case is not UNSET and not isinstance(boundary.get(case_key(data.case)), Case):
        raise Refused(Code.CASE_NOT_OPEN, f"there is no case {data.case}.")
    until = None if data.until is UNSET else data.until
    return Outcome({own: Sanction(data.subject, data.kind, data.begins, until)})


def lifted(candidate: Candidate, data: SanctionLifted, boundary: Boundary) -> Outcome:
    """Lifting twice says nothing."""
    own = sanction_key(data.sanction)
    state = boundary.get(own)
    if not isinstance(state, Sanction):
        raise Refused(Code.SANCTION_NOT_OPEN, f"there is no sanction {data.sanction}.")
    if state.lifted_at is not None:
        raise Refused(Code.SANCTION_NOT_OPEN, f"sanction {data.sanction} was lifted already.")
    lifted_at = micros(candidate.happened_at)
    return Outcome({own: replace(state, lifted_at=lifted_at)}, concerns=(state.subject,))
