"""Between the event loop and the appender's thread: one hand-over per turn of the loop, one wake-up per group."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from api.problems import Problem
from api.services import Item, Result, SubmitThen
from ledger.candidate import Answer

WAITING_ITEMS_MAX: Final = 20_000  # about a second's work; who comes later is asked to come back


class Bridge:
    """Belongs to one event loop. Single events that arrive in one turn of the loop go over together."""

    waiting_items_max = WAITING_ITEMS_MAX

    def __init__(self, submit_then: SubmitThen) -> None:
        self._submit_then = submit_then
        self._gathered: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._finished: deque[tuple[Callable[[Result], None], Result]] = deque()
        self._woken = False
        self.waiting = 0  # items that were handed over, or are about to be, and have no answer yet

    async def one(self, item: Item, *, dry_run: bool = False) -> Answer:
        """The answer to one event. Raises Problem (503) at once where too many wait."""
        if self.waiting >= self.waiting_items_max:
            raise Problem("overloaded", f"{self.waiting} events wait already; send it again in a moment.")
        if dry_run:
            return (await self.many([item], dry_run=True))[0]
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if not self._gathered:
            loop.call_soon(self._hand_over, loop)
        self._gathered.append((item, future))
        self.waiting += 1
        return await future

    def many(self, items: Sequence[Item], *, dry_run: bool = False) -> asyncio.Future[list[Answer]]:
        """The answers to a chunk, in order. Whoever calls bounds how many chunks are on their way."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Answer]] = loop.create_future()

        def settle(result: Result) -> None:
            self.waiting -= len(items)
            if future.done():
                return
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.waiting += len(items)
        self._submit(loop, items, settle, dry_run=dry_run)
        return future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered, self._gathered = self._gathered, []

        def settle(result: Result) -> None:
            self.waiting -= len(gathered)
            if isinstance(result, Exception):
                for _, future in gathered:
                    if not future.done():
                        future.set_exception(result)
                return
            for (_, future), answer in zip(gathered, result, strict=True):
                if not future.done():
                    future.set_result(answer)

        self._submit(loop, [item for item, _ in gathered], settle, dry_run=False)

    def _submit(
        self,
        loop: asyncio.AbstractEventLoop,
        items: Sequence[Item],
        settle: Callable[[Result], None],
        *,
        dry_run: bool,
    ) -> None:
        def done(result: Result) -> None:
            # In the writer's thread. The flag saves wake-ups: whoever finds it set knows that _deliver is still to run.
            self._finished.append((settle, result))
            if not self._woken:
                self._woken = True
                loop.call_soon_threadsafe(self._deliver)

        try:
            self._submit_then(items, done, dry_run=dry_run)
        except Exception as error:  # noqa: BLE001 - it is the answer to each of the items, and raised there
            settle(error)

    def _deliver(self) -> None:
        self._woken = False  # before taking: what is added from now on wakes us again
        while self._finished:
            settle, result = self._finished.popleft()
            settle(result)
