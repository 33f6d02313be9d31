"""The one place where exceptions become answers: every error is a problem, and none shows a traceback."""

from __future__ import annotations

from typing import Final, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problems import KINDS, MEDIA_TYPE, Problem
from ledger.kernel import clock

_BY_STATUS: Final = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_parameter",
    429: "too_many_requests",
    503: "unavailable",
}
_log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Have what the app's routes raise on purpose answered as a problem. The rest ends in `unexpected`."""
    app.add_exception_handler(Problem, lambda _request, error: response(cast("Problem", error)))
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)


def response(problem: Problem) -> Response:
    """A problem as a response."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(problem.body(), problem.status, headers, MEDIA_TYPE)


def unexpected(error: Exception, path: str) -> Problem:
    """A mistake of ours: the log gets all of it, the caller a reference to find it there."""
    reference = clock.new_id()
    _log.error("request_failed", reference=reference, path=path, exc_info=error)
    return Problem("internal", f"look for {reference} in the server's log.", reference=reference)


def _on_http(request: Request, error: Exception) -> Response:
    """What Starlette and FastAPI raise themselves: no such address, wrong method, a body that can't be parsed."""
    raised = cast("HTTPException", error)
    code = _BY_STATUS.get(raised.status_code, "bad_request")
    detail = {
        "not_found": f"there is nothing at {request.url.path}; /docs lists the addresses.",
        "method_not_allowed": f"{request.url.path} doesn't take {request.method}.",
    }.get(code, str(raised.detail))
    assert code in KINDS
    return response(Problem(code, detail, headers=raised.headers))


def _on_validation(_request: Request, error: Exception) -> Response:
    """Parameters and small JSON bodies that don't fit: which field, and why. The input itself is not repeated."""
    found = cast("RequestValidationError", error).errors()
    if any(each["type"] == "json_invalid" for each in found):
        return response(Problem("not_json", "the body is not valid JSON."))
    fields = [{"field": ".".join(map(str, each["loc"])), "reason": each["msg"]} for each in found]
    detail = "; ".join(f"{each['field']}: {each['reason']}" for each in fields)
    return response(Problem("invalid_parameter", detail[:1000], errors=fields))
