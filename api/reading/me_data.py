"""Everything about an investor, for herself: `/v1/me/data`, as JSON that is written while it is read."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import StreamingResponse

from api import own_data
from api.deps import Investor, Nothing, Parts, plain_text
from api.openapi import described

router = APIRouter(prefix="/v1/me", tags=["me"], dependencies=[Depends(plain_text)])


@router.get(
    "/data",
    responses=described(
        "One JSON object, a list for each kind of thing.", 401, 403, 429, media_type="application/json"
    ),
)
def get_data(parts: Parts, principal: Investor, _query: Nothing) -> StreamingResponse:
    """All that is held about an investor, down to events and receipts.

    Her name and number are opened from the vault for it, which is recorded as every look is.
    """
    kept = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="my-data.json"'}
    her = principal.herself
    made = own_data.as_json(parts, her, own_data.sections(parts, her))
    return StreamingResponse(made, headers=kept, media_type="application/json")
