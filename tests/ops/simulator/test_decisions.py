"""The ledger's decisions take the whole market but what is spoiled, and its postings agree with the auditor's books."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest

from ledger.candidate import Candidate
from ledger.decisions.dispatch import decide
from ledger.events.naming import key
from ledger.intake import Intake
from ledger.kernel.refusals import Missing, Refused
from ledger.recorded import Recorded, local_day
from ledger.states.base import State
from ledger.states.campaigns import Pledge
from ops.simulator.arrivals import Delivery
from ops.simulator.market import Market
from tests.ops.simulator.bookkeeper import Bookkeeper

NOW = datetime(2026, 7, 1, tzinfo=UTC)


class Book:
    """The append without a database: states, parking, duplicates."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.log: dict[tuple[str, str], Recorded] = {}
        self.answers: Counter[str] = Counter()
        self.refusals: dict[tuple[str, str], str] = {}
        self.waiting: defaultdict[str, list[Candidate]] = defaultdict(list)
        self.parked_once = 0

    def get(self, name: str) -> State | None:
        return self.states.get(name)

    def prefetch(self, keys: Iterable[str]) -> None:
        pass

    def recorded(self, source: str, name: str) -> Recorded | None:
        return self.log.get((source, name))

    def concerning(self, key: str, after: int) -> Iterator[Recorded]:
        return iter(())

    def pledges_of(self, campaign: str) -> Iterator[Pledge]:
        return (each for each in self.states.values() if isinstance(each, Pledge) and each.campaign == campaign)

    def take(self, event: Candidate) -> str:
        try:
            outcome = decide(event, self)
        except Missing as missing:
            self.waiting[missing.keys[0]].append(event)
            self.parked_once += 1
            return "parked"
        except Refused as refused:
            return str(refused.code)
        position = len(self.log) + 1
        day = local_day(event.happened_at.isoformat())
        self.log[event.source, event.id] = Recorded(
            position, event.source, event.scope, event.id, event.type,
            event.happened_at, NOW, day, event.data, outcome.postings,
        )  # fmt: skip
        new = [name for name in outcome.changes if name not in self.states]
        self.states.update(outcome.changes)
        for name in (*new, key("event", event.scope, event.id)):
            for parked in self.waiting.pop(name, ()):
                self.take(parked)
        return "accepted"


def taken(market: Market) -> tuple[Book, dict[str, list[tuple[Delivery, str]]]]:
    book, intake = Book(), Intake(b"k" * 32)
    seen: dict[tuple[str, str], bytes] = {}
    by_answer: defaultdict[str, list[tuple[Delivery, str]]] = defaultdict(list)
    for delivery in market.deliveries:
        event = intake.decode(dict(delivery.event), frozenset({delivery.key}), NOW)
        if not isinstance(event, Candidate):
            answer = str(event.code)
        elif (event.source, event.id) in seen:
            answer = "duplicate" if seen[event.source, event.id] == event.content_hash else "id_reused"
        else:
            seen[event.source, event.id] = event.content_hash
            answer = book.take(event)
        by_answer[answer].append((delivery, answer))
    return book, by_answer


@pytest.fixture(scope="module")
def played(market: Market) -> tuple[Book, dict[str, list[tuple[Delivery, str]]]]:
    return taken(market)


Played = tuple[Book, dict[str, list[tuple[Delivery, str]]]]


def test_only_what_is_spoiled_is_refused_and_for_its_fault(played: Played) -> None:
    for answer, deliveries in played[1].items():
        for delivery, _ in deliveries:
            # A spoiled event may wait like others for a party that is late, and be refused later.
            assert answer in ({delivery.fault, "parked"} if delivery.fault else {"accepted", "duplicate", "parked"})
            assert delivery.again == (answer == "duplicate")


def test_some_wait_and_only_the_planted_ones_for_ever(played: Played, market: Market) -> None:
    book, _ = played
    plant = next(each for each in market.planted if each.name == "parked_too_long")
    left = {event.id for events in book.waiting.values() for event in events}
    assert left == {name for _, name in plant.events} & left
    assert len(left) == 4
    assert 20 < book.parked_once < len(market.deliveries) * 0.02


def test_custody_by_the_postings_is_custody_by_the_books(played: Played, market: Market) -> None:
    posted: Counter[str] = Counter()
    trial: Counter[str] = Counter()
    for recorded in played[0].log.values():
        for account, currency, amount in recorded.postings:
            trial[currency] += amount
            kind, _, rest = account.partition("/")
            if kind in {"escrow", "cash"}:
                posted[f"platform:{rest.partition('/')[0]}"] += amount
    books = Bookkeeper()
    books.take(market.facts)
    assert posted == Counter({source: books.held(source) for source in posted})
    assert set(trial.values()) == {0}
