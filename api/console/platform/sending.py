"""Events that a person of a platform sends by hand: tried first, recorded by the same way as those of its key."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from api.access import Principal
from api.incoming import Sender, decode
from api.services import Item, Result, Services
from ledger.candidate import Answer

WAIT_SECONDS_MAX: Final = 20.0


def items_of(services: Services, principal: Principal, texts: Sequence[bytes]) -> list[Item]:
    """Each as a candidate, or as what is wrong with it. A person may send what her platform's key may, no more."""
    assert principal.source is not None, "a platform's user has its source"
    sender = Sender(principal.id, frozenset({principal.source}))
    return [decode(services, each, sender) for each in texts]


def tried(services: Services, items: Sequence[Item]) -> list[Answer]:
    """What would become of them, one after the other; nothing is recorded or kept. Blocks."""
    waiting: Future[list[Answer]] = Future()

    def done(result: Result) -> None:
        if isinstance(result, Exception):
            waiting.set_exception(result)
        else:
            waiting.set_result(result)

    services.submit_then(items, done, dry_run=True)
    return waiting.result(WAIT_SECONDS_MAX)


def sent(services: Services, item: Item) -> Answer:
    """Record it, where a trial says that it can be; what would be refused is not sent, and leaves no trace. Blocks."""
    answer = tried(services, [item])[0]
    return services.record(item) if answer.status in {"accepted", "parked"} else answer
