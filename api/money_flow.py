"""What is asked and told of how money flowed around somebody or something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from api.times import Times
from projections.flows import Edge

NODES_MAX: Final = 60
HOPS_MAX: Final = 3
MOVES_MAX: Final = 20_000  # a node with more of them one way is shown, and not followed unless it was asked about


class FlowQuestion(NamedTuple):
    """The flow around nodes (`starts`, keys) and around what events at `positions` moved, `hops` steps far.

    Days count from 1970-01-01, both inclusive; None: no bound. At most `nodes` nodes are told.
    """

    starts: Sequence[str]
    positions: Sequence[int] = ()
    hops: int = 1
    first_day: int | None = None
    last_day: int | None = None
    times: Times = Times()
    nodes: int = NODES_MAX


class FlowNode(NamedTuple):
    """A party, campaign, loan or platform's account; `hop` 0 is what was asked about.

    `label`: a campaign's title. `sort`: of a party person or organisation, of a campaign its kind; None where nothing
    is known of it yet.
    """

    key: str
    hop: int
    sort: str | None
    label: str | None
    status: str | None


class LeftOut(NamedTuple):
    """What one of the nodes that were followed moved with others that are not told: minor units; `way` is in or out."""

    node: str
    way: str
    currency: str
    amount: int
    moves: int
    others: int


class MoneyFlow(NamedTuple):
    """The answer: `not_followed` are nodes with more moves than are followed on the way to others."""

    nodes: Sequence[FlowNode]
    edges: Sequence[Edge]
    left_out: Sequence[LeftOut]
    not_followed: Sequence[str]
