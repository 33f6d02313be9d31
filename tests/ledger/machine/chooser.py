"""Where chance comes from: Hypothesis, which shrinks what fails, or a seed, where thousands of events are wanted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chooser(Protocol):
    """All that a story needs of chance; zero is the plainest choice."""

    def below(self, bound: int) -> int:
        """An integer from 0 up to, not including, `bound`, which is at most 256."""
        ...


# Long enough for the longest story. One draw of many bytes is a hundred times faster than many draws.
TAPES = st.binary(min_size=900, max_size=1_000)


class ByTape:
    """Reads its choices from bytes that Hypothesis drew; behind their end every choice is the plainest."""

    def __init__(self, tape: bytes) -> None:
        self._tape = iter(tape)

    def below(self, bound: int) -> int:
        return next(self._tape, 0) % bound


class BySeed:
    """The same story for the same seed, for ever."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(str(seed))

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)


def pick(chooser: Chooser, options: Sequence[T]) -> T:
    """One of the options."""
    return options[chooser.below(len(options))]


def amount(chooser: Chooser, most: int) -> int:
    """Money from 1 to `most` (at least 1): mostly the figures at which arithmetic goes wrong."""
    most = max(most, 1)
    some = (most, 1, most // 2, most // 3, most - 1, 2, 7, most * 2 // 3, 99)
    return min(max(pick(chooser, some), 1), most)
