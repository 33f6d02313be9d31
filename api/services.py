"""What the api is handed. It opens no connection and knows no setting: ops/compose.py builds this, tests fake it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from api.access import Herself, Role
from api.account import Accounts
from api.deeds import AskedDeeds, BeforeDeed, Deed
from api.desk import Overview, SavedViews
from api.door_log import Entry, Note
from api.door_store import Ticket
from api.entrance import Entrance
from api.exposures import PartyExposure, Shared
from api.facts import Read
from api.gate import Gate
from api.latency import Latency
from api.logged import Health, Parked
from api.look import Look
from api.mine import Complaints, Mine
from api.office import Casework, GoamlFiles, Notifications
from api.own import Own
from api.problems import Problem
from api.provider import Provider
from api.readiness import Readiness
from api.scorecards import Held, Indexes, Listed, MarketHistory, PlatformHistory, Registered, Wanted
from api.times import Span, Times
from ledger.candidate import Answer, Candidate, Rejected
from ledger.eligibility import Check, Eligibility
from ledger.lending.portfolio import Lent
from ledger.lending.terms import History, Terms
from ledger.people.relationship import Relationship
from ledger.people.traces import Traces
from ledger.recorded import Recorded
from ledger.states.base import State
from ledger.states.campaigns import Campaign
from ledger.states.parties import Declaration, Party
from ledger.store.proofs import Consistency, Inclusion
from ledger.store.reading import AskedCorrection, Chain, ParkedEvent, Refusal
from ledger.store.tree import KnownKey
from ledger.tiles import Tile
from projections import cases, mutes, sanctions
from projections.alerts import After, Alert, Filters, Statistics, Step, Week
from projections.balances import Balance
from projections.breaches import Breach
from projections.cases import Before, Board
from projections.cases import Filters as CaseFilters
from projections.impact import Difference, Figures, Subject
from projections.loan_book import Standing
from projections.platforms import Month as ReportedMonth
from projections.platforms import Standing as PlatformStanding
from projections.reconciliation import Account, Reconciled
from projections.tallies import Count, Group
from risk.backtest import Question, Tested
from risk.document import Loaded
from risk.impact import AlertTouched, Asked
from risk.index.combined import Index
from risk.kept import Row, Version
from risk.shadow import Beside

Item = Candidate | Rejected
Result = list[Answer] | Exception


class SubmitThen(Protocol):
    """`Appender.submit_then`: `done` is called in the writer's thread."""

    def __call__(self, items: Sequence[Item], done: Callable[[Result], None], *, dry_run: bool = False) -> None:
        """Hand over; raises where nothing more can be taken."""
        ...


class Decode(Protocol):
    """`Intake.decode`."""

    def __call__(
        self, raw: bytes | dict[str, Any], sources: frozenset[str] | None, now: datetime, asker: str | None = None
    ) -> Candidate | Rejected:
        """One event, as a candidate or as what is wrong with it. `asker`: who sends it, where that is kept."""
        ...


class StoredEvent(NamedTuple):
    """A row of the log; `body` and `postings` are canonical JSON."""

    position: int
    source: str
    id: str
    type: str
    happened_at: datetime
    recorded_at: datetime
    body: bytes
    postings: bytes | None


class CaseRead(NamedTuple):
    """A case with all that belongs to it."""

    listed: cases.Listed
    history: list[cases.Step]
    alerts: list[Alert]
    rules: list[cases.Fired]
    sanctions: list[sanctions.Sanction]


class BalanceQuestion(NamedTuple):
    """Accounts that begin with `prefix`, as of both times."""

    prefix: str
    times: Times


class Then(NamedTuple):
    """An entity as of two times; `state` None: it had not begun, or was not known. `began` and `known`: when it did."""

    state: State | None
    began: datetime | None
    known: datetime | None


class PledgeRead(NamedTuple):
    """A pledge, and the campaign whose end may have ended it, as of the same two times; None where it had not begun."""

    then: Then
    campaign: Campaign | None
    declared: Declaration | None = None  # the investor's, of the present


class LoanRead(NamedTuple):
    """A loan, and what its figures of any day are made from, as of the same two times; `lent` None: it is not there."""

    then: Then
    lent: tuple[Terms, History] | None


class Impact(NamedTuple):
    """What an event changed of figures that were reported before it was known; all empty where it was known in time.

    `left_out` says what was not looked at, and why.
    """

    about: Subject
    balances: Sequence[Figures] = ()
    entities: Sequence[Difference] = ()
    exposures: Sequence[Difference] = ()
    limits: Sequence[Breach] = ()
    alerts: Sequence[AlertTouched] = ()
    runs: Sequence[Asked] = ()
    left_out: Sequence[str] = ()


class EligibilityQuestion(NamedTuple):
    """Whether `investor` of the platform `scope` may put `amount` (minor units) into its campaign or loan `about`."""

    scope: str
    investor: str
    kind: str  # campaign, loan
    about: str
    amount: int


class NoSuch(Exception):
    """The platform has no such investor, campaign or loan."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}.")


class LimitUse(NamedTuple):
    """A limit of a law under which a person has invested or borrowed, held against what she has."""

    jurisdiction: str
    kind: str
    role: str  # investor, borrower
    check: Check


class WouldRefuse(NamedTuple):
    """What the ledger itself would say to the pledge or bid now."""

    code: str
    detail: str


class EligibilityAnswer(NamedTuple):
    """The answer at `position`. A reservation is there where it was asked for and allowed."""

    allowed: bool
    eligibility: Eligibility
    refusal: WouldRefuse | None
    currency: str
    position: int
    reservation: UUID | None = None
    expires_at: datetime | None = None


class Scorecard(NamedTuple):
    """What a supervisor sees of a platform beside its public part. `metrics` are those of the last reported `month`."""

    custody: list[Held]
    open_alerts: int
    parked: int
    refused: int
    month: str | None
    metrics: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Reads:
    """Questions to the store and the views, each answered from one snapshot. `after` and `limit` bound a page."""

    event: Callable[[str, str], Read[StoredEvent | None]]
    parked_one: Callable[[str, str], Read[ParkedEvent | None]]
    parked: Callable[[str | None, int, int], Read[list[ParkedEvent]]]
    refusals: Callable[[str | None, int, int], Read[list[Refusal]]]
    chain: Callable[[str, str], Read[Chain]]
    corrections: Callable[[str | None, str | None, int, int], Read[list[AskedCorrection]]]
    correction: Callable[[str, str], Read[AskedCorrection | None]]
    last_refusal: Callable[[str, str], Read[tuple[str, str] | None]]
    states: Callable[[Sequence[str]], Read[dict[str, State]]]
    campaign: Callable[[str, Times], Read[Then]]  # by key
    pledge: Callable[[str, Times], Read[PledgeRead]]
    span: Callable[[], Read[Span]]
    # Of a party's key, over all platforms or one (its scope), converted by a day's rates where asked; None: unknown.
    exposure: Callable[[str, str | None, Times, tuple[str, date] | None], Read[PartyExposure | None]]
    # (platform, jurisdiction, times, moments ascending, day of the law)
    concentration: Callable[[str, str, Times, Sequence[datetime], date], Read[Shared]]
    limits_used: Callable[[str], Read[list[LimitUse]]]  # of the person of a party (key), over all platforms
    # An event by position, or by source and id, of one source or of any.
    impact: Callable[[int | tuple[str, str], str | None], Read[Impact | None]]
    checkpoint: Callable[[], Read[str | None]]  # with the signatures of witnesses
    log_keys: Callable[[], Read[list[KnownKey]]]
    inclusion: Callable[[int, int | None], Read[Inclusion | None]]  # position, size
    consistency: Callable[[int, int], Read[Consistency | None]]
    tile: Callable[[Tile], Read[bytes | None]]
    bundle: Callable[[Tile], Read[bytes | None]]
    receipt: Callable[[str, str], Read[dict[str, Any] | None]]
    own_receipts: Callable[[Herself, str], Read[list[dict[str, Any]]]]  # of a person's pledge
    receipts: Callable[[str, str | None, int, int], Read[list[tuple[int, dict[str, Any]]]]]  # entity, source
    loan: Callable[[str, Times], Read[LoanRead]]
    loan_book: Callable[[str, int], Read[tuple[list[Lent] | None, list[Standing]]]]  # None: more than the limit run
    balances: Callable[[BalanceQuestion, tuple[str, str], int], Read[tuple[list[Balance], dict[str, int]]]]
    platforms: Callable[[str, int], Read[list[Registered]]]
    platform: Callable[[str], Read[Registered | None]]
    scorecard: Callable[[str], Read[Scorecard]]
    # (platform, how many months, known_at), newest first
    platform_index: Callable[[str, int, datetime | None], Read[list[Index]]]
    platform_ranking: Callable[[str | None, datetime | None], Read[list[Index]]]  # month, known_at; by platform
    indexes: Callable[[], Indexes | None]  # of the newest months, kept for a while; None: not computed yet
    # (which, `place` of the row before the page, how many), the one with the most severe open alerts first
    platforms_listed: Callable[[Wanted, tuple[int, int, int, int, int, str] | None, int], Read[list[Listed]]]
    register: Callable[[Wanted, str | None, int], Read[list[Registered]]]  # (which, id before the page, how many)
    platform_history: Callable[
        [str, int, int], Read[PlatformHistory]
    ]  # (platform, first, last month: year * 12 + month - 1)
    platform_standings: Callable[[str], Read[list[PlatformStanding]]]  # what the registry said of it, in order
    platform_reports: Callable[[str], Read[list[ReportedMonth]]]  # what it said of its own months, in order
    market_history: Callable[[int, int], Read[MarketHistory]]  # (first, last month)
    sign_standing: Callable[[dict[str, Any]], tuple[str, str]]  # the signed note, and the key that verifies it
    reconciled: Callable[[str, datetime | None], Read[list[Reconciled]]]
    reconciled_latest: Callable[[], Read[list[tuple[str, Reconciled]]]]
    # (platform, day since 1970-01-01, currency, known_at, the line before the page, how many lines)
    reconciled_lines: Callable[[str, int, str, datetime | None, tuple[datetime, int], int], Read[Account | None]]
    alerts: Callable[[Filters, After | None, int], Read[list[Alert]]]
    overview: Callable[[datetime, int, int], Read[Overview]]  # now, first and last day since 1970-01-01
    alert: Callable[[str], Read[tuple[Alert, list[Step]] | None]]
    alert_counts: Callable[[], Read[list[Count]]]
    alerts_found: Callable[[Filters, int], Read[int]]  # how many, found after a position
    alert_groups: Callable[[Filters], Read[list[Group]]]  # the same, counted by rule, platform and severity
    deeds: Callable[[AskedDeeds, BeforeDeed | None, int], Read[list[Deed]]]  # newest first
    several_alerts: Callable[[Sequence[str]], Read[list[Alert]]]  # by id; those that are not there are left out
    similar_alerts: Callable[[Alert], Read[list[Alert]]]
    alerts_beside: Callable[[Alert], Read[list[Alert]]]  # not closed, about the same subjects or platform
    # Of a rule, numbered below, at most so many, of one kind or of all; newest first.
    rule_runs: Callable[[str, int | None, int, str | None], Read[list[Row]]]
    rule_run: Callable[[str, int], Read[Row | None]]  # rule, number
    newest_runs: Callable[[Sequence[str]], Read[dict[str, Row]]]  # by rule
    rule_versions: Callable[[str], Read[list[Version]]]  # that ever ran, newest first
    rule_weeks: Callable[[str, datetime, str], Read[list[Week]]]  # rule, since, time zone
    rule_shadow: Callable[[Loaded, int], Read[Beside]]  # a candidate version, at a budget of alerts
    rule_statistics: Callable[[str | None], Read[dict[str, Statistics]]]  # of one rule, or of all
    mutes: Callable[[mutes.Asked, int | None, int], Read[list[mutes.ShownMute]]]
    case_board: Callable[[CaseFilters, int], Read[Board]]
    cases_ended: Callable[[CaseFilters, Before | None, int], Read[list[cases.Listed]]]  # closed, last first
    cases: Callable[[cases.Filters, cases.After | None, int], Read[list[cases.Listed]]]
    case: Callable[[str], Read[CaseRead | None]]
    sanctions: Callable[[sanctions.Asked, int | None, int], Read[list[sanctions.Sanction]]]
    events_at: Callable[[Sequence[int]], Read[list[Recorded]]]
    # (numbered below, at most so many, of whom): sign-ins and looks, newest first
    door_log: Callable[[int | None, int, str | None], Read[list[Entry]]]
    log_counts: Callable[[], Read[tuple[int, int]]]  # parked now (up to reading.PARKED_COUNTED), refused ever
    log_health: Callable[[datetime], Read[Health]]  # as of now
    refused: Callable[[str | None, str | None, int | None, int], Read[list[Refusal]]]  # source, code, numbered below
    refused_one: Callable[[int], Read[Refusal | None]]
    parked_number: Callable[[int], Read[Parked | None]]


class Erased(NamedTuple):
    """An erasure as the log has it. `note` is the first checkpoint over it, None until it was signed."""

    event: Recorded
    note: str | None
    swept: bool  # nothing of it is left in the tables' files


@dataclass(frozen=True, kw_only=True)
class Vault:
    """What identifies people. Whoever calls has recorded beforehand who looks, and why."""

    person: Callable[[str, str], str]  # scheme, number -> pseudonym; pure
    parties: Callable[[str], list[str]]  # of a person, erased ones included
    opened: Callable[[Sequence[str]], dict[str, dict[str, Any]]]  # name and identity by party
    relationship: Callable[[str, Party], Relationship]
    retention_years: Mapping[str, int]  # the operator's, by jurisdiction
    forget: Callable[[Traces, str | None], int]  # in refused bodies and among users; how many bodies
    sweep: Callable[[], bool]
    erased: Callable[[str], Erased | None]
    sign: Callable[[dict[str, Any]], dict[str, Any]]
    events: Callable[[str], list[Recorded]]  # that concern a party


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts behind the api. Every callable blocks, unless it says otherwise, and may be called in any thread."""

    submit_then: SubmitThen  # returns at once
    record: Callable[[Item], Answer]
    decode: Decode  # pure
    gate: Gate
    entrance: Entrance
    accounts: Accounts
    keep_ticket: Callable[[Ticket], None]
    vault: Vault
    mine: Mine
    look: Look
    complaints: Complaints
    casework: Casework
    notifications: Notifications
    saved_views: SavedViews
    own: Own
    now: Callable[[], datetime]
    reads: Reads
    rules: Mapping[str, Loaded]
    backtest: Callable[[Question], Read[Tested]]
    run_rule: Callable[[Loaded, str], int]  # who asks; the number of the run that a scheduler will carry out
    officers: Callable[[], list[str]]  # who can be given an alert
    note: Callable[[Note], None]  # keep what is no event: a sign-in, a look
    # Several questions from one snapshot, as of a day's law (None: now); one that is held for so many seconds.
    eligibility: Callable[[Sequence[EligibilityQuestion], datetime | None], Read[list[EligibilityAnswer | NoSuch]]]
    reserve: Callable[[EligibilityQuestion, int], EligibilityAnswer]
    give_back: Callable[[str, UUID], bool]  # (scope, reservation): False where there is none to end
    head_position: Callable[[], int]
    readiness: Callable[[], Readiness]
    metrics: Callable[[Latency], tuple[bytes, str]]  # the text and its media type
    # What an exception of the machinery (database gone, queue full) means to a caller; None for a mistake of ours.
    problem_of: Callable[[Exception], Problem | None]
    # Set when the server begins to stop: streams end with a 503 instead of holding it up.
    draining: threading.Event = field(default_factory=threading.Event)
    require_totp: frozenset[Role] = frozenset()  # who has to have a second factor
    provider: Provider | None = None  # of the office's identities, where one is set
    public_url: str | None = None  # under which people reach the console
    goaml: GoamlFiles = field(default_factory=GoamlFiles)
    # How long an act of a person waits for the views to have it, so that the next page shows what was done.
    settle_seconds: float = 0.0
    time_zone: str = "Asia/Shanghai"  # that people are shown times in
    bench: bool = False  # serve POST /v1/bench/bare, the yardstick of the single post
