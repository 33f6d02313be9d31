"""The tree as static files (C2SP tlog-tiles): hash tiles for all, entry bundles for those who may read every event."""

from __future__ import annotations

import gzip
from typing import Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.access import Principal
from api.deps import MaybeCaller, Nothing, Parts, plain_text
from api.openapi import described
from api.problems import Problem
from ledger.tiles import Tile, parse_path

router = APIRouter(tags=["evidence"], dependencies=[Depends(plain_text)])
_FOR_EVER: Final = "max-age=31536000, immutable"


@router.get(
    "/tile/{path:path}",
    responses=described("The bytes of the tile or bundle.", 401, 403, 404, media_type="application/octet-stream"),
)
def get_tile(path: str, request: Request, parts: Parts, principal: MaybeCaller, _query: Nothing) -> Response:
    """`<level>/<index>[.p/<width>]`, or `entries/<index>[.p/<width>]` with the key of a regulator or an auditor."""
    try:
        tile = parse_path(path)
    except ValueError as error:
        raise Problem("not_found", f"{error}.") from None
    if tile.level is None:
        return _entries(tile, request, parts, principal)
    found = parts.reads.tile(tile)
    if found.value is None:
        raise _beyond(tile, found.as_of.position)
    return Response(found.value, headers=_headers(f"public, {_FOR_EVER}"))


def _entries(tile: Tile, request: Request, parts: Parts, principal: Principal | None) -> Response:
    """Entries are the business of all platforms: only who may read all of it may have them."""
    if principal is None:
        raise Problem("unauthenticated", "entries are for regulator and auditor keys; hash tiles are for all.")
    if not principal.reads_all:
        raise Problem("forbidden", f"entries are for regulator and auditor keys; this is that of a {principal.role}.")
    found = parts.reads.bundle(tile)
    if found.value is None:
        raise _beyond(tile, found.as_of.position)
    headers = _headers(f"private, {_FOR_EVER}") | {"Vary": "Authorization, Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(gzip.compress(found.value, 6), headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.value, headers=headers)


def _headers(caching: str) -> dict[str, str]:
    return {"Content-Type": "application/octet-stream", "Cache-Control": caching}


def _beyond(tile: Tile, sealed: int) -> Problem:
    return Problem("not_found", f"the signed tree of {sealed} entries doesn't have all of tile {tile.path}.")
