"""Decisions on platforms, and the question that new business is asked first: whether a licence covers it."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, micros, need, until_micros
from ledger.events.naming import key
from ledger.events.platforms import (
    PlatformClosed,
    PlatformLicensed,
    PlatformRegistered,
    PlatformReinstated,
    PlatformSuspended,
)
from ledger.kernel.refusals import Code, Refused
from ledger.states.platforms import Licence, Platform, Standing


def registered(candidate: Candidate, data: PlatformRegistered, boundary: Boundary) -> Outcome:
    """A name is given once."""
    own = absent(boundary, "platform", candidate, data.platform)
    return Outcome({own: Platform(data.kinds, data.jurisdiction, micros(candidate.happened_at))})


def licensed(candidate: Candidate, data: PlatformLicensed, boundary: Boundary) -> Outcome:
    """Licences add up: a renewal, or one for a further kind, stands beside the first."""
    own = key("platform", candidate.scope, data.platform)
    platform = need(boundary, Platform, own)
    return Outcome({own: replace(platform, licences=(*platform.licences, licence_of(candidate, data)))})


def licence_of(candidate: Candidate, data: PlatformLicensed) -> Licence:
    """The licence that the event grants."""
    return Licence(
        micros(candidate.happened_at),
        () if data.kinds is UNSET else data.kinds,
        None if data.valid_to is UNSET else until_micros(candidate, data.valid_to),
        None if data.licence is UNSET else data.licence,
    )


def suspended(candidate: Candidate, data: PlatformSuspended, boundary: Boundary) -> Outcome:
    """No new business from then on."""
    return _stand(candidate, data.platform, "suspended", boundary)


def reinstated(candidate: Candidate, data: PlatformReinstated, boundary: Boundary) -> Outcome:
    """New business again from then on."""
    return _stand(candidate, data.platform, "reinstated", boundary)


def closed(candidate: Candidate, data: PlatformClosed, boundary: Boundary) -> Outcome:
    """No new business for good."""
    return _stand(candidate, data.platform, "closed", boundary)


def _stand(candidate: Candidate, name: str, change: str, boundary: Boundary) -> Outcome:
    own = key("platform", candidate.scope, name)
    platform = need(boundary, Platform, own)
    standing = sorted((*platform.standing, Standing(micros(candidate.happened_at), change)), key=lambda each: each.at)
    return Outcome({own: replace(platform, standing=tuple(standing))})


def may_take_business(candidate: Candidate, kind: str | None, boundary: Boundary) -> None:
    """Refuse new business of `kind` (None: not known yet) that the platform had no licence for at that time."""
    platform = boundary.get(candidate.source)
    assert isinstance(platform, Platform)  # the dispatcher has looked
    happened_at = micros(candidate.happened_at)
    standing = platform.standing_at(happened_at)
    if standing != "active":
        raise Refused(
            Code.PLATFORM_NOT_LICENSED,
            f"{candidate.source} was {standing} by then; running business may be reported, new business not.",
        )
    if not (platform.licensed_at(kind, happened_at) if kind else platform.licences):
        raise Refused(
            Code.PLATFORM_NOT_LICENSED,
            f"no licence of {candidate.source} covered {kind or 'any'} business then; the registry records licences.",
        )
