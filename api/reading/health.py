"""Liveness, readiness and figures, for whoever runs the server."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.deps import Nothing, Parts
from api.openapi import described

router = APIRouter(tags=["operations"])


@router.get("/healthz", responses=described("The process answers. Says nothing about the database."))
async def get_health(_query: Nothing) -> JSONResponse:
    """Whether this process is alive."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses=described("Ready, with each view's position and lag; 503 where it is not.", 503))
def get_readiness(parts: Parts, _query: Nothing) -> JSONResponse:
    """Whether this process can answer now, and how far behind each view is."""
    if parts.draining.is_set():
        return JSONResponse({"status": "shutting_down"}, 503, {"Retry-After": "1"})
    try:
        readiness = parts.readiness()
    except Exception as error:
        problem = parts.problem_of(error)
        if problem is None:
            raise
        return JSONResponse({"status": "unavailable", "detail": problem.detail}, 503, {"Retry-After": "1"})
    views: list[dict[str, Any]] = [each._asdict() for each in readiness.views]
    body: dict[str, Any] = {"status": "ok", "position": readiness.position, "views": views}
    if readiness.sealing is not None:
        body["sealing"] = readiness.sealing._asdict()
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/metrics", responses=described("Figures in the text form of Prometheus.", media_type="text/plain"))
def get_metrics(request: Request, parts: Parts, _query: Nothing) -> Response:
    """Figures, read when asked for."""
    body, media_type = parts.metrics(request.app.state.latency)
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
