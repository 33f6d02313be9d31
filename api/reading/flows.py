"""How money flowed around a party, a campaign or a loan, over all platforms. For the supervisor and auditors."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import facts
from api.deps import Parts, Supervisor, TwoTimes, plain_text, times_of
from api.money_flow import HOPS_MAX, NODES_MAX, FlowQuestion, MoneyFlow
from api.openapi import described
from api.problems import Problem
from projections.flows import Edge

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
_EPOCH: Final = date(1970, 1, 1).toordinal()
KINDS: Final = ("party", "campaign", "loan", "custody", "fees", "investors")


class Around(TwoTimes):
    """Around what, how far, within which days."""

    entity: str = Field(max_length=400, description="A key: `party:huizhong/U-1`, `campaign:...`, `loan:...`.")
    hops: int = Field(1, ge=1, le=HOPS_MAX, description="How many steps to follow the money.")
    first: date | None = Field(None, alias="from", description="The first day on which it moved.")
    last: date | None = Field(None, alias="to", description="The last day on which it moved.")
    limit: int = Field(NODES_MAX, ge=2, le=NODES_MAX, description="Nodes at most: those of the largest sums.")


class FlowNodeLine(msgspec.Struct, kw_only=True):
    """A node. `sort`: person, organisation, or the kind of a campaign.

    `kind`: party, campaign, loan; custody (what waits with a platform for its customers), fees (what it earned),
    investors (of a campaign or loan, not told apart).
    """

    key: str
    kind: str
    hop: int
    sort: str | None
    title: str | None
    status: str | None


class FlowEdgeLine(msgspec.Struct, kw_only=True):
    """What went from one node to another by one means, in minor units. `events` are positions, the newest first."""

    source: str
    target: str
    means: str
    currency: str
    amount: int
    moves: int
    first_day: date
    last_day: date
    events: list[int]


class FlowLeftOut(msgspec.Struct, kw_only=True):
    """What a node moved, `in` or `out`, with others that are not in `nodes`: minor units, moves, counterparts."""

    node: str
    way: str
    currency: str
    amount: int
    moves: int
    others: int


class FlowAnswer(msgspec.Struct, kw_only=True):
    """The graph. `left_out` says what isn't in it; `not_followed` are nodes with too many moves to go on from."""

    entity: str
    hops: int
    nodes: list[FlowNodeLine]
    edges: list[FlowEdgeLine]
    left_out: list[FlowLeftOut]
    not_followed: list[str]


@router.get("/flows", responses=described("Nodes, and what moved between them, summed.", 401, 403, 404, one=FlowAnswer))
def get_flows(parts: Parts, _principal: Supervisor, query: Annotated[Around, Query()]) -> Response:
    """How money moved around one party, campaign or loan, by the largest sums; days are those of the events."""
    kind, _, path = query.entity.partition(":")
    if kind not in KINDS or not path:
        raise Problem("invalid_parameter", f"entity is <kind>:<platform>/<id>; kind is one of {', '.join(KINDS)}.")
    if query.first and query.last and query.last < query.first:
        raise Problem("invalid_parameter", "to lies before from.")
    days = day_number(query.first), day_number(query.last)
    asked = FlowQuestion([query.entity], (), query.hops, *days, times_of(parts, query), query.limit)
    read = parts.look.flow(asked)
    if not read.value.edges and read.value.nodes[0].sort is None:
        raise Problem("not_found", f"nothing is known of {query.entity!r}, and no money of it moved.")
    return facts.answer(_shown(query, read.value), read.as_of)


def day_number(day: date | None) -> int | None:
    """Days since 1970-01-01."""
    return None if day is None else day.toordinal() - _EPOCH


def _shown(query: Around, found: MoneyFlow) -> FlowAnswer:
    return FlowAnswer(
        entity=query.entity,
        hops=query.hops,
        nodes=[
            FlowNodeLine(
                key=each.key,
                kind=each.key.partition(":")[0],
                hop=each.hop,
                sort=each.sort,
                title=each.label,
                status=each.status,
            )
            for each in found.nodes
        ],
        edges=[_edge(each) for each in found.edges],
        left_out=[FlowLeftOut(**each._asdict()) for each in found.left_out],
        not_followed=list(found.not_followed),
    )


def _edge(edge: Edge) -> FlowEdgeLine:
    return FlowEdgeLine(
        source=edge.source,
        target=edge.target,
        means=edge.means,
        currency=edge.currency,
        amount=edge.amount,
        moves=edge.moves,
        first_day=date.fromordinal(edge.first_day + _EPOCH),
        last_day=date.fromordinal(edge.last_day + _EPOCH),
        events=edge.newest,
    )
