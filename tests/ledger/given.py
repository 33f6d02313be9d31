"""given(events).when(event).then(...): decisions as sentences, over a world in memory.

The world is the pure part of the real thing: the real intake, the real decisions, states that go through their texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ledger.accounts import Posting, receivable, trial_balance
from ledger.candidate import Candidate, Rejected
from ledger.decisions.base import Outcome
from ledger.decisions.dispatch import decide
from ledger.intake import Intake
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.recorded import Recorded, local_day
from ledger.rulebook.enforcement import NOTHING, Enforcement
from ledger.states import registry
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Loan
from ledger.states.parties import Party
from ledger.states.promises import ZERO, book

HUIZHONG = "platform:huizhong"
START = "2026-03-02T10:00:00+08:00"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
INTAKE = Intake(bytes(32))


class Event(NamedTuple):
    """An event to be sent; `id` is made up where none is given."""

    type: str
    data: dict[str, Any]
    source: str = HUIZHONG
    time: str = START
    id: str = ""
    asker: str | None = None  # the id of the key that sends it

    def at(self, time: str) -> Event:
        """The same, happening at another time."""
        return self._replace(time=time)

    def by(self, source: str) -> Event:
        """The same, said by another source."""
        return self._replace(source=source)

    def called(self, id: str) -> Event:
        """The same, under an id that a correction can name."""
        return self._replace(id=id)

    def asked_by(self, asker: str) -> Event:
        """The same, sent with this key."""
        return self._replace(asker=asker)

    def but(self, **data: Any) -> Event:
        """The same, with other fields; None takes a field away."""
        merged = {**self.data, **data}
        return self._replace(data={name: value for name, value in merged.items() if value is not None})


class World:
    """A boundary in memory that also keeps the books, so that tests can hold states against them."""

    def __init__(self, enforcement: Enforcement = NOTHING) -> None:
        self.enforcement = enforcement
        self.texts: dict[str, str] = {}
        self.events: dict[tuple[str, str], Recorded] = {}
        self.balances: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.touched: dict[str, None] = {}
        self.tags: list[tuple[Recorded, set[str]]] = []

    # -- the boundary

    def get(self, key: str) -> State | None:
        text = self.texts.get(key)
        if text is None:
            return None
        self.touched[key] = None
        return registry.decode(key, text)

    def prefetch(self, keys: Iterable[str]) -> None:
        pass

    def recorded(self, source: str, name: str) -> Recorded | None:
        return self.events.get((source, name))

    def concerning(self, key: str, after: int) -> Iterator[Recorded]:
        return (event for event, tags in self.tags if key in tags and event.position > after)

    def pledges_of(self, campaign: str) -> Iterator[Pledge]:
        for key, text in self.texts.items():
            state = registry.decode(key, text)
            if isinstance(state, Pledge) and state.campaign == campaign:
                yield state

    # -- the road in

    def candidate(self, event: Event) -> Candidate | Rejected:
        name = event.id or f"e{len(self.events) + 1}"
        sent = {
            "specversion": "1.0", "id": name, "source": event.source, "type": event.type,
            "time": event.time, "data": event.data,
        }  # fmt: skip
        return INTAKE.decode(sent, None, NOW, event.asker)

    def send(self, event: Event) -> Outcome:
        """Record the event; raises Refused or Missing."""
        candidate = self.candidate(event)
        if isinstance(candidate, Rejected):
            raise Refused(candidate.code, candidate.detail)
        return self.record(candidate, local_day(event.time))

    def record(self, candidate: Candidate, day: int) -> Outcome:
        """Decide, and take what was accepted into states and books; raises Refused or Missing."""
        self.touched = {}
        outcome = decide(candidate, self, self.enforcement)
        for key, state in outcome.changes.items():
            self.texts[key] = registry.encode(state)
            assert registry.decode(key, self.texts[key]) == state, f"{key} doesn't survive being written"
        for account, currency, amount in outcome.postings:
            self.balances[account, currency] += amount
        position = len(self.events) + 1
        self.events[candidate.source, candidate.id] = Recorded(
            position, candidate.source, candidate.scope, candidate.id, candidate.type, candidate.happened_at,
            candidate.happened_at + timedelta(seconds=1), day, candidate.data, outcome.postings,
        )  # fmt: skip
        recorded = self.events[candidate.source, candidate.id]
        self.tags.append((recorded, {*self.touched, *outcome.changes, *outcome.concerns}))
        assert not any(trial_balance(outcome.postings).values()), outcome.postings
        assert all(line.amount for line in outcome.postings), "a line of zero is no line"
        return outcome

    def attempt(self, event: Event) -> Refused | Missing | None:
        """Send it; says why where it was not recorded."""
        try:
            self.send(event)
        except (Refused, Missing) as end:
            return end
        return None

    # -- what holds for ever

    def check(self) -> None:
        """Every invariant of the money, states held against the books."""
        assert not any(trial_balance(Posting(a, c, n) for (a, c), n in self.balances.items()).values())
        for key in self.texts:
            state = self.get(key)
            path = key.partition(":")[2]
            if isinstance(state, Campaign):
                self._check_campaign(path, state)
                self._check_sums(key, state)
            elif isinstance(state, Loan):
                self._check_loan(path, state)
            elif isinstance(state, Party):
                assert all(amount > 0 for amount in (*state.cash.values(), *state.owed.values())), (key, state)
        for (account, currency), balance in self.balances.items():
            kind, _, path = account.partition("/")
            if kind == "cash":
                party = self.get(f"party:{path}")
                held = party.cash.get(currency, 0) if isinstance(party, Party) else 0
                assert balance == held >= 0, (account, balance, party)
            if kind in {"escrow", "claim", "receivable", "fees"}:
                assert balance >= 0, (account, balance)

    def _check_campaign(self, path: str, campaign: Campaign) -> None:
        assert self.balances[f"escrow/{path}", campaign.currency] == campaign.escrow >= 0
        assert campaign.released + campaign.refunded + campaign.fees <= campaign.collected <= campaign.pledged
        assert min(campaign.released, campaign.refunded, campaign.fees, campaign.pledges) >= 0
        assert campaign.cap is None or campaign.pledged <= campaign.cap
        assert self.balances[f"pledged/{path}", campaign.currency] == campaign.collected - campaign.pledged

    def _check_sums(self, key: str, campaign: Campaign) -> None:
        """The sums that a campaign keeps are those of its pledges, and each investor owes what she has open."""
        totals, owed = ZERO, defaultdict(int)
        for pledge in self.pledges_of(key):
            totals = totals.plus(book(pledge, campaign))
            owed[pledge.investor] += book(pledge, campaign).owed
        kept = (campaign.pledged, campaign.collected, campaign.refunded, campaign.voided, campaign.lapsed)
        assert kept == (totals.owed + totals.paid, totals.paid, totals.back, totals.voided, totals.lapsed)
        assert (campaign.due, campaign.pledges, campaign.at_close) == (totals.due, totals.number, totals.at_close)
        if sum(each.startswith("campaign:") for each in self.texts) == 1:
            for party, amount in owed.items():
                assert self.balances[receivable(party), campaign.currency] == amount

    def _check_loan(self, path: str, loan: Loan) -> None:
        assert sum(loan.holders.values()) == loan.outstanding
        assert self.balances[f"principal/{path}", loan.currency] == -loan.outstanding
        for party, held in loan.holders.items():
            assert self.balances[f"claim/{path}/{party.rpartition('/')[2]}", loan.currency] == held > 0
        assert 0 <= loan.outstanding + loan.lost <= loan.amount
        assert loan.funded <= loan.amount
        assert loan.lost <= sum(loan.losers.values())
        if loan.status in {"listed", "lapsed"}:
            assert loan.funded == sum(amount for _, amount in loan.bids.values())
            assert loan.bid_count == len(loan.bids)
            assert not loan.outstanding


class Given:
    """What has been recorded so far."""

    def __init__(self, events: Iterable[Event], enforcement: Enforcement = NOTHING) -> None:
        self.world = World(enforcement)
        for event in events:
            self.world.send(event)
        self.world.check()

    def when(self, event: Event) -> When:
        """Send one more."""
        try:
            return When(self.world, self.world.send(event))
        except (Refused, Missing) as end:
            return When(self.world, end)


class When:
    """What became of it."""

    def __init__(self, world: World, end: Outcome | Refused | Missing) -> None:
        self.world = world
        self.end = end
        world.check()

    def then(self, *entry: tuple[str, int], tags: Iterable[str] = (), **states: dict[str, Any] | None) -> When:
        """It was accepted, with just this entry: (account, amount) in CNY.

        `states`: by kind (of which the event concerns one) or `kind__name`, some fields; None: it is gone.
        """
        assert isinstance(self.end, Outcome), self.end
        lines = sorted((line.account, line.amount) for line in self.end.postings)
        assert lines == sorted(entry)
        assert {*tags} <= {*self.world.touched, *self.end.changes, *self.end.concerns}
        for name, fields in states.items():
            self._check_state(name, fields)
        return self

    def _check_state(self, name: str, fields: dict[str, Any] | None) -> None:
        kind, _, own = name.partition("__")
        keys = [key for key in self.world.texts if key.startswith(f"{kind}:") and (not own or key.endswith(f"/{own}"))]
        assert len(keys) == 1, (name, keys)
        state = self.world.get(keys[0])
        if fields is None:
            assert registry.is_absent(state)
            return
        assert {field: getattr(state, field) for field in fields} == fields

    def then_accepted(self) -> When:
        """It was accepted, whatever it changed."""
        assert isinstance(self.end, Outcome), self.end
        return self

    def then_refused(self, code: Code, says: str = "") -> None:
        """It was refused, and the detail says this among other things."""
        assert isinstance(self.end, Refused), self.end
        assert self.end.code == code, self.end
        assert says in self.end.detail, self.end.detail

    def then_waits_for(self, *keys: str) -> None:
        """It is parked for just these."""
        assert isinstance(self.end, Missing), self.end
        assert sorted(self.end.keys) == sorted(keys)


def given(*events: Event | Iterable[Event], enforcement: Enforcement = NOTHING) -> Given:
    """The events, all of which must be acceptable; stories (lists of events) may stand among them."""
    flat: list[Event] = []
    for each in events:
        flat.extend([each] if isinstance(each, Event) else each)
    return Given(flat, enforcement)
