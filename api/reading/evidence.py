"""The signed tree head, the keys that signed it, and proofs: public, so that anyone can hold the ledger to them."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import facts
from api.deps import Nothing, Parts, Strict, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import Services
from ledger.notes import ALGORITHMS, parse_key

router = APIRouter(tags=["evidence"], dependencies=[Depends(plain_text)])
NO_HEAD = "no tree head has been signed yet; that happens within a second of the first event."
_POSITION_MAX = (1 << 63) - 1


class LogKey(msgspec.Struct, kw_only=True):
    """A public key of this log, in the form of C2SP signed-note. It signed heads from `since_size` on."""

    verifier_key: str
    name: str
    id: str
    algorithm: str
    since_size: int
    added_at: datetime


class LogKeys(msgspec.Struct, kw_only=True):
    """All keys that ever signed heads of this log, oldest first."""

    origin: str | None
    keys: list[LogKey]


class InclusionProof(msgspec.Struct, kw_only=True):
    """RFC 6962 inclusion proof; hashes in base64. `checkpoint` is null for a size at which no head was signed."""

    leaf_index: int
    tree_size: int
    leaf_hash: str
    root_hash: str
    inclusion_path: list[str]
    checkpoint: str | None


class ConsistencyProof(msgspec.Struct, kw_only=True):
    """RFC 6962 consistency proof; hashes in base64. The checkpoints are null for sizes at which no head was signed."""

    from_size: int
    to_size: int
    from_root: str
    to_root: str
    consistency_path: list[str]
    from_checkpoint: str | None
    to_checkpoint: str | None


class InclusionQuery(Strict):
    """Which event, in which tree."""

    position: int = Field(ge=1, le=_POSITION_MAX, description="Of the event.")
    size: int | None = Field(None, ge=1, le=_POSITION_MAX, description="Of the tree; the newest signed one if absent.")


class ConsistencyQuery(Strict):
    """From which size to which."""

    old: int = Field(ge=0, le=_POSITION_MAX, alias="from", description="Size of the earlier tree.")
    new: int = Field(ge=0, le=_POSITION_MAX, alias="to", description="Size of the later tree.")


def _head(parts: Services) -> Response:
    read = parts.reads.checkpoint()
    if read.value is None:
        raise Problem("not_found", NO_HEAD)
    headers = {
        "Cache-Control": "no-store",
        "Content-Type": "text/plain; charset=utf-8",
        "Ledger-Position": str(read.as_of.position),
        "View-Lag-Seconds": f"{read.as_of.lag_seconds:.3f}",
    }
    return Response(read.value, headers=headers)


_NOTE = described(
    "A signed note (C2SP tlog-checkpoint): origin, size, root, signatures of the log and of witnesses.",
    404,
    media_type="text/plain",
)


@router.get("/v1/checkpoint", responses=_NOTE)
def get_checkpoint(parts: Parts, _query: Nothing) -> Response:
    """The newest signed tree head."""
    return _head(parts)


@router.get("/checkpoint", responses=_NOTE)
def get_tlog_checkpoint(parts: Parts, _query: Nothing) -> Response:
    """The same, at the address that C2SP tlog-tiles gives it."""
    return _head(parts)


@router.get("/v1/checkpoint/keys", responses=described("The verifier keys, oldest first.", one=LogKeys))
def get_keys(parts: Parts, _query: Nothing) -> Response:
    """Every public key that ever signed tree heads of this log."""
    read = parts.reads.log_keys()
    shown = []
    for each in read.value:
        key = parse_key(each.verifier_key)
        shown.append(
            LogKey(
                verifier_key=each.verifier_key,
                name=key.name,
                id=key.id.hex(),
                algorithm=ALGORITHMS[key.kind],
                since_size=each.since_size,
                added_at=each.added_at,
            )
        )
    return facts.answer(LogKeys(origin=shown[-1].name if shown else None, keys=shown), read.as_of)


@router.get(
    "/v1/proofs/inclusion",
    responses=described("That the event at a position is in a tree.", 404, 409, one=InclusionProof),
)
def get_inclusion(parts: Parts, query: Annotated[InclusionQuery, Query()]) -> Response:
    """RFC 6962 inclusion proof of one event."""
    if query.size is not None and query.size < query.position:
        detail = f"size {query.size} is smaller than position {query.position}: that tree doesn't have the event."
        raise Problem("invalid_parameter", detail)
    read = parts.reads.inclusion(query.position, query.size)
    if read.value is None:
        raise Problem("not_found", f"the log ends at position {read.as_of.position}.")
    proof = read.value
    shown = InclusionProof(
        leaf_index=proof.leaf_index,
        tree_size=proof.size,
        leaf_hash=_text(proof.leaf),
        root_hash=_text(proof.root),
        inclusion_path=[_text(each) for each in proof.path],
        checkpoint=proof.checkpoint,
    )
    return facts.answer(shown, read.as_of)


@router.get(
    "/v1/proofs/consistency",
    responses=described("That one tree is a prefix of another.", 404, 409, one=ConsistencyProof),
)
def get_consistency(parts: Parts, query: Annotated[ConsistencyQuery, Query()]) -> Response:
    """RFC 6962 consistency proof between two sizes of the log. From size 0 it is empty: nothing is a prefix of all."""
    if query.old > query.new:
        raise Problem("invalid_parameter", f"from ({query.old}) is larger than to ({query.new}).")
    read = parts.reads.consistency(query.old, query.new)
    if read.value is None:
        raise Problem("not_found", f"the log ends at position {read.as_of.position}.")
    proof = read.value
    shown = ConsistencyProof(
        from_size=proof.old,
        to_size=proof.new,
        from_root=_text(proof.old_root),
        to_root=_text(proof.new_root),
        consistency_path=[_text(each) for each in proof.path],
        from_checkpoint=proof.old_checkpoint,
        to_checkpoint=proof.new_checkpoint,
    )
    return facts.answer(shown, read.as_of)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
