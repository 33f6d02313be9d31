"""The language of events: the JSON Schema of each type."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse

from api.deps import Nothing, plain_text
from api.openapi import described
from api.problems import Problem
from ledger.events.catalogue import TYPES
from ledger.events.schemas import json_schema

router = APIRouter(prefix="/v1", tags=["events"], dependencies=[Depends(plain_text)])


@router.get("/schemas", responses=described("Every event type, and where its schema is."))
async def get_schemas(_query: Nothing) -> JSONResponse:
    """All event types."""
    items = [{"type": name, "schema": f"/v1/schemas/{name}"} for name in TYPES]
    return JSONResponse({"items": items, "next": None})


@router.get(
    "/schemas/{name}",
    responses=described("JSON Schema (2020-12) of the whole event.", 404, media_type="application/schema+json"),
)
async def get_schema(name: str, _query: Nothing) -> JSONResponse:
    """The schema of one event type."""
    if name not in TYPES:
        raise Problem("not_found", f"there is no event type {name!r}; GET /v1/schemas lists them.")
    return JSONResponse(json_schema(name), media_type="application/schema+json")
