"""Decisions on what is observed and said: disclosures, complaints, custody statements, transfers, monthly figures."""

from __future__ import annotations

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, micros, need_all
from ledger.events.base import About
from ledger.events.complaints import ComplaintFiled
from ledger.events.custody import CustodyReported, TransferReported
from ledger.events.disclosures import DisclosureFiled
from ledger.events.naming import referred
from ledger.events.rates import RateReported
from ledger.events.reports import PlatformReported
from ledger.states.base import Known


def disclosed(candidate: Candidate, data: DisclosureFiled, boundary: Boundary) -> Outcome:
    """What it is about must be known; what it amends need not be (it may lie before the record began)."""
    own = absent(boundary, "disclosure", candidate, data.disclosure)
    _know(candidate, data.about, boundary)
    return Outcome({own: Known(micros(candidate.happened_at))})


def complained(candidate: Candidate, data: ComplaintFiled, boundary: Boundary) -> Outcome:
    """What it is about must be known."""
    own = absent(boundary, "complaint", candidate, data.complaint)
    _know(candidate, data.about, boundary)
    return Outcome({own: Known(micros(candidate.happened_at))})


def transferred(candidate: Candidate, data: TransferReported, boundary: Boundary) -> Outcome:
    """Both parties must be known. It moves no money of the ledger's."""
    own = absent(boundary, "transfer", candidate, data.transfer)
    need_all(boundary, *(referred("party", candidate.scope, name) for name in (data.payer, data.payee)))
    return Outcome({own: Known(micros(candidate.happened_at))})


def held(candidate: Candidate, data: CustodyReported, boundary: Boundary) -> Outcome:
    """A statement is taken as it is; whether it agrees is for the reconciliation."""
    return Outcome({})


def reported(candidate: Candidate, data: PlatformReported, boundary: Boundary) -> Outcome:
    """A statement is taken as it is; a later one of the same month restates it."""
    return Outcome({})


def rated(candidate: Candidate, data: RateReported, boundary: Boundary) -> Outcome:
    """A rate is taken as it is; a later one of the same day restates it. Found in the log by its two currencies."""
    return Outcome({}, (), (f"rate:{data.base}/{data.quote}",))


def _know(candidate: Candidate, about: About, boundary: Boundary) -> None:
    need_all(boundary, referred(about.kind, candidate.scope, about.id))
