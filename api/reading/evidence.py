"""The signed tree head: public, so that anyone can hold the ledger to it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Nothing, Parts
from api.openapi import described
from api.problems import Problem

router = APIRouter(prefix="/v1", tags=["evidence"])


@router.get(
    "/checkpoint",
    responses=described(
        "A signed note (C2SP tlog-checkpoint): origin, size, root, signature.", 404, media_type="text/plain"
    ),
)
def get_checkpoint(parts: Parts, _query: Nothing) -> Response:
    """The newest signed tree head."""
    read = parts.reads.checkpoint()
    if read.value is None:
        raise Problem("not_found", "no tree head has been signed yet; that happens within a second of the first event.")
    headers = {
        "Cache-Control": "no-store",
        "Content-Type": "text/plain; charset=utf-8",
        "Ledger-Position": str(read.as_of.position),
        "View-Lag-Seconds": f"{read.as_of.lag_seconds:.3f}",
    }
    return Response(read.value, headers=headers)
