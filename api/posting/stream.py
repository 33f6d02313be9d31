"""Many events in one body: decoded as they come, handed over in chunks, a few on their way, answered in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Final

from api.http import Reply
from api.incoming import Sender, decode
from api.posting.answers import Tally
from api.posting.bridge import Bridge
from api.posting.encodings import Decoder, check_complete
from api.posting.lines import LINE_BYTES_MAX, LineSplitter, Overlong
from api.problems import Problem
from api.services import Item, Services
from ledger.candidate import Answer, Rejected
from ledger.kernel.refusals import Code

CHUNK_ITEMS: Final = 1000
CHUNK_BYTES_MAX: Final = 1024 * 1024
CHUNKS_ON_THEIR_WAY_MAX: Final = 3
# A rehearsal is decided as one, or its later events would not know its earlier ones.
DRY_RUN_ITEMS_MAX: Final = 10_000
DRY_RUN_BYTES_MAX: Final = 16 * 1024 * 1024


class Stream:
    """One body on its way through."""

    def __init__(self, services: Services, bridge: Bridge, sender: Sender, tally: Tally, *, dry_run: bool) -> None:
        self._services = services
        self._bridge = bridge
        self._sender = sender
        self._tally = tally
        self._dry_run = dry_run
        self._items_max = DRY_RUN_ITEMS_MAX if dry_run else CHUNK_ITEMS
        self._bytes_max = DRY_RUN_BYTES_MAX if dry_run else CHUNK_BYTES_MAX
        self._chunk: list[Item] = []
        self._chunk_bytes = 0
        self._on_their_way: deque[asyncio.Future[list[Answer]]] = deque()

    async def run_lines(self, pieces: AsyncIterator[bytes], decoder: Decoder) -> Reply:
        """NDJSON: lines as they arrive, however many."""
        splitter = LineSplitter()
        try:
            async for piece in pieces:
                for part in decoder.feed(piece):
                    for line in splitter.feed(part):
                        await self._add(line)
                # The ledger is idle: better a small chunk now than a full one later.
                if self._chunk and not self._on_their_way and not self._dry_run:
                    await self._hand_over()
            check_complete(decoder)
            for line in splitter.finish():
                await self._add(line)
            return await self._end()
        except BaseException:
            self._give_up()
            raise

    async def run_parts(self, parts: Iterable[bytes]) -> Reply:
        """A batch: its elements, each in the limits of a line."""
        try:
            for part in parts:
                await self._add(part if len(part) <= LINE_BYTES_MAX else Overlong(part[:4096], len(part)))
            return await self._end()
        except BaseException:
            self._give_up()
            raise

    async def _add(self, line: bytes | Overlong) -> None:
        if isinstance(line, Overlong):
            item: Item = self._refuse_overlong(line)
            self._chunk_bytes += len(line.head)
        else:
            item = decode(self._services, line, self._sender)
            self._chunk_bytes += len(line)
        self._chunk.append(item)
        if len(self._chunk) >= self._items_max or self._chunk_bytes >= self._bytes_max:
            if self._dry_run:
                raise Problem(
                    "too_large", f"a dry run takes {DRY_RUN_ITEMS_MAX} events and {DRY_RUN_BYTES_MAX} bytes at most."
                )
            await self._hand_over()

    def _refuse_overlong(self, line: Overlong) -> Rejected:
        detail = f"the event is {line.length} bytes long, {LINE_BYTES_MAX} are taken at most."
        return Rejected(next(iter(self._sender.sources)), None, Code.MALFORMED, detail, line.head)

    async def _hand_over(self) -> None:
        """Send the chunk on its way, then wait until few enough are."""
        if self._services.draining.is_set():
            raise Problem("shutting_down", "this server is shutting down; send all of it again, nothing counts twice.")
        self._on_their_way.append(self._bridge.many(self._chunk, dry_run=self._dry_run))
        self._chunk, self._chunk_bytes = [], 0
        while len(self._on_their_way) > CHUNKS_ON_THEIR_WAY_MAX or self._on_their_way[0].done():
            self._tally.add(await self._on_their_way.popleft())
            if not self._on_their_way:
                break
        await asyncio.sleep(0)  # other requests have their turn between two chunks

    async def _end(self) -> Reply:
        if self._chunk:
            await self._hand_over()
        while self._on_their_way:
            self._tally.add(await self._on_their_way.popleft())
        head = 0 if self._tally.position else await asyncio.to_thread(self._services.head_position)
        return self._tally.reply(head)

    def _give_up(self) -> None:
        """What is on its way will be recorded, but nobody hears of it: the sender sends again and finds it there."""
        for future in self._on_their_way:
            future.add_done_callback(_look_away)
        self._tally.close()


def _look_away(future: asyncio.Future[list[Answer]]) -> None:
    """Mark the exception as seen, or the event loop reports it as forgotten."""
    if not future.cancelled():
        future.exception()
