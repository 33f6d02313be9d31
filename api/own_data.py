"""Everything about a person, for herself: section by section, each read in pages, so that memory is bounded."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

import msgspec

from api import complaining, vault
from api.access import REGISTRY, Herself, Principal
from api.mine import Limits
from api.own_shown import show_declaration, show_limit, show_loan, show_pledge
from api.problems import Problem
from api.services import Services
from ledger.recorded import Recorded
from projections.mine import LAST, NEWEST, Pledge

PAGE: Final = 200
_encode = msgspec.json.Encoder(decimal_format="string").encode
DAY: Final = timedelta(days=1)
COPIES_MAX: Final = 10
KEPT_BACK: Final = ("complaints", "looked_at")  # from who came by a platform's link
# Keys and users have uuids as ids: nobody else looks under this name.
HERSELF: Final = Principal("the person herself", "the person herself", "regulator", REGISTRY)
_REASON: Final = "her own copy of all that is held about her, at her request"


class Section(NamedTuple):
    """A name, and its items, read as they are asked for."""

    name: str
    items: Iterable[Any]


def sections(services: Services, her: Herself) -> Iterator[Section]:
    """All that is held about a person. Name and number are opened from the vault: recorded, as every look is.

    What can be refused is refused here, before the first byte is sent. Raises Problem: too_many_requests.
    """
    # Each copy leaves events in the log, which is for ever.
    since = services.now() - DAY
    everywhere = her._replace(scopes=None)
    looks = services.mine.looks(everywhere).value
    own = [event for event in looks if event.recorded_at > since and _by_herself(event)]
    parties = len(services.mine.platforms(everywhere).value)
    if parties and len(own) >= COPIES_MAX * parties:
        raise Problem(
            "too_many_requests",
            f"you have taken {COPIES_MAX} copies in a day; keep one of them.",
            headers={"Retry-After": str(int(DAY.total_seconds()))},
        )
    return _sections(services, her, services.mine.limits(her).value)


def _sections(services: Services, her: Herself, limits: Limits) -> Iterator[Section]:
    yield Section("platforms", services.mine.platforms(her).value)
    yield Section("identity", _identity(services, her))
    yield Section("declarations", (show_declaration(each.scope, each.declaration) for each in limits.declared))
    yield Section("sums", [services.mine.overview(her).value._asdict()])
    yield Section("pledges", _pledges(services, her))
    yield Section("loans", _loans(services, her))
    yield Section("limits", (show_limit(each) for each in limits.limits))
    if her.whole:  # a platform must not learn by a link of its own who complains of it, nor who looks into it
        yield Section("complaints", _complaints(services, her))
        yield Section("looked_at", (look(each) for each in services.mine.looks(her).value))
    yield Section("events", _events(services, her))
    yield Section("receipts", _receipts(services, her))


def _identity(services: Services, her: Herself) -> Iterator[dict[str, Any]]:
    for each in vault.search(services, HERSELF, her.person, _REASON, "export", her.scopes):
        yield {"party": each.party, "name": each.name, "identity": each.identity, "erased": each.erased}


def _pledges(services: Services, her: Herself) -> Iterator[Any]:
    before = NEWEST
    while rows := services.mine.pledges(her, before, PAGE).value:
        yield from map(show_pledge, rows)
        before = rows[-1].pledge.position


def _loans(services: Services, her: Herself) -> Iterator[Any]:
    before = (NEWEST, LAST)
    while rows := services.mine.loans(her, before, PAGE).value:
        yield from map(show_loan, rows)
        before = (rows[-1].loan.position, rows[-1].loan.party)


def _complaints(services: Services, her: Herself) -> Iterator[dict[str, Any]]:
    before = None
    while rows := services.complaints.of(her.person, before, PAGE).value:
        for each in rows:
            about = complaining.subject_of(each.subject)._asdict()
            yield {**each._asdict(), "subject": about, "state": "received"}
        before = (rows[-1].filed_at, rows[-1].complaint)


def _events(services: Services, her: Herself) -> Iterator[dict[str, Any]]:
    own = {each.key.removeprefix("party:") for each in services.mine.platforms(her).value}
    after = 0
    while rows := services.mine.events(her, after, PAGE).value:
        yield from (_event(each, own) for each in rows if each.type != "vault.opened")
        after = rows[-1].position


def _event(event: Recorded, own: set[str]) -> dict[str, Any]:
    """An event that concerns her, with the lines of money that are hers; others' are theirs."""
    return {
        "position": event.position,
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "time": event.happened_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "data": json.loads(msgspec.json.encode(event.data)),
        "postings": [line._asdict() for line in event.postings if vault.holder_of(line.account) in own],
    }


def look(event: Recorded) -> dict[str, Any]:
    """That somebody of the authority looked at what identifies her: when, and why."""
    data: Any = event.data
    return {
        "position": event.position,
        "at": event.recorded_at.isoformat(),
        "purpose": data.purpose,
        "reason": data.reason,
        "by_herself": _by_herself(event),
    }


def _by_herself(event: Recorded) -> bool:
    data: Any = event.data
    return bool(data.by == HERSELF.id and data.purpose == "export")


def _receipts(services: Services, her: Herself) -> Iterator[dict[str, Any]]:
    before = NEWEST
    while rows := services.mine.pledges(her, before, PAGE).value:
        for each in rows:
            yield from _proved(services, her, each.pledge)
        before = rows[-1].pledge.position


def _proved(services: Services, her: Herself, pledge: Pledge) -> list[dict[str, Any]]:
    try:
        return services.mine.receipts(her, pledge.scope, pledge.pledge).value
    except Exception as error:
        problem = services.problem_of(error)
        if problem is None or problem.code != "not_sealed":
            raise
        # A second later there is one: said, so that nobody takes the copy for whole.
        return [{"platform": pledge.scope, "pledge": pledge.pledge, "problem": problem.code, "detail": problem.detail}]


# -- as one JSON object, as one ZIP


def as_json(services: Services, her: Herself, found: Iterator[Section]) -> Iterator[bytes]:
    """One JSON object with a list for each section, piece by piece."""
    yield b'{"person":' + _encode(her.person) + b',"made_at":' + _encode(services.now())
    for section in found:
        yield b"," + _encode(section.name) + b":["
        yield from _joined(section.items)
        yield b"]"
    yield b"}"


def as_zip(found: Iterator[Section], readable: Callable[[dict[str, int]], bytes]) -> Iterator[bytes]:
    """A ZIP with a JSON file for each section, and a page to read, made of how much there is of each."""
    pipe, counts = _Pipe(), {}
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for section in found:
            counts[section.name] = 0
            with archive.open(f"{section.name}.json", "w", force_zip64=True) as file:
                file.write(b"[")
                for piece in _joined(section.items):
                    file.write(piece)
                    counts[section.name] += 1
                    if chunk := pipe.taken():
                        yield chunk
                file.write(b"]")
        archive.writestr("index.html", readable(counts))
    yield pipe.taken()


def _joined(items: Iterable[Any]) -> Iterator[bytes]:
    """Items with commas between them, a comma with the item that it comes before."""
    comma = b""
    for each in items:
        yield comma + b"\n" + _encode(each)
        comma = b","


class _Pipe(io.RawIOBase):
    """A file that can't be gone back in; what was written is taken out as one goes."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)
