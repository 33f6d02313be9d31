"""The OpenAPI document: FastAPI's own for the questions, by hand for the raw endpoint that takes events."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi.openapi.utils import get_openapi

from api.problems import KINDS, MEDIA_TYPE

if TYPE_CHECKING:
    from fastapi import FastAPI

_REF: Final = "#/components/schemas/{name}"
_PROBLEM: Final = {"content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}}}
_ALWAYS: Final = (422, 503)
_SHAPES: dict[str, type[msgspec.Struct]] = {}
_AS_OF: Final = {
    "position": {"type": "integer", "description": "All events up to here are in the answer."},
    "lag_seconds": {"type": "number", "description": "How long ago that was the end of the log."},
}

INTRODUCTION: Final = """\
Events come in at `POST /v1/events`; everything else answers questions about them.

Machines send `Authorization: Bearer KEY`. Errors are RFC 9457 problem details whose `code` is explained at
`/docs/problems` and `/docs/refusals`. Lists are paged: pass `next` as `cursor`. Answers from a view carry its
`position` and `lag_seconds`.
Money is an integer in minor units of its currency (ISO 4217).
"""


def described(
    text: str,
    *errors: int,
    one: type[msgspec.Struct] | None = None,
    page_of: type[msgspec.Struct] | None = None,
    media_type: str = "application/json",
    status: int = 200,
) -> dict[int | str, dict[str, Any]]:
    """The responses of an endpoint: what 200 holds (`one` thing, or a `page_of` things), and which errors to expect."""
    schema: dict[str, Any] = {} if media_type.endswith("json") else {"type": "string"}
    if one is not None:
        schema = {"allOf": [_ref(one), {"type": "object", "properties": _AS_OF}]}
    elif page_of is not None:
        items = {"type": "array", "items": _ref(page_of)}
        following = {"type": ["string", "null"], "description": "The cursor of the next page, null on the last."}
        schema = {
            "type": "object",
            "required": ["items", "next", *_AS_OF],
            "properties": {"items": items, "next": following, **_AS_OF},
        }
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": {media_type: {"schema": schema}}}
    }
    for error in (*errors, *_ALWAYS):
        responses[error] = {"description": HTTPStatus(error).phrase, **_PROBLEM}
    return responses


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document."""
    made = get_openapi(title="crowdledger", version=app.version, description=INTRODUCTION, routes=app.routes)
    _, shapes = msgspec.json.schema_components(list(_SHAPES.values()), ref_template=_REF)
    components = made.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **shapes, **_own_schemas()}
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, methods in made["paths"].items():
        if path.startswith("/v1/"):
            for operation in methods.values():
                operation["security"] = [{"key": []}] if "401" in operation["responses"] else [{}]
    made["paths"] = {"/v1/events": {"post": _post_events()}, **made["paths"]}
    return made


def _ref(shape: type[msgspec.Struct]) -> dict[str, str]:
    _SHAPES[shape.__name__] = shape
    return {"$ref": _REF.format(name=shape.__name__)}


def _post_events() -> dict[str, Any]:
    one = {"schema": {"$ref": _REF.format(name="CloudEvent")}}
    many = {"schema": {"type": "array", "items": {"$ref": _REF.format(name="CloudEvent")}}}
    lines = {"schema": {"type": "string", "description": "One event per line, any number of lines."}}
    one_result, totals = {"$ref": _REF.format(name="Result")}, {"$ref": _REF.format(name="Totals")}
    result = {"application/json": {"schema": one_result}}
    hit = {"Idempotency-Hit": {"description": "`true` on a duplicate.", "schema": {"type": "string"}}}
    answers: dict[str, Any] = {
        "200": {
            "description": "A single event that is a duplicate; of several events, what became of each.",
            "headers": hit,
            "content": {"application/json": {"schema": {"anyOf": [one_result, totals]}}},
        },
        "201": {"description": "The event is recorded, and survives any crash from now on.", "content": result},
        "202": {"description": "Kept until what it names arrives; nothing has to be sent again.", "content": result},
    }  # fmt: skip
    for status in (400, 401, 403, 408, 409, 413, 415, 422, 503):
        answers[str(status)] = {"description": HTTPStatus(status).phrase, **_PROBLEM}
    return {
        "tags": ["events"],
        "operationId": "post_events",
        "summary": "Report events",
        "description": "One event, an array, or one per line. `(source, id)` is the idempotency key: the same event "
        "again is a duplicate. 409 and 422 are refusals of a single event; among several they are part of the answer. "
        "Bodies may be gzip or zstd. An event is 1 MiB at most.",
        "security": [{"key": []}],
        "parameters": [
            _choice("dry_run", ["true", "false"], "Decide and answer, but record nothing."),
            _choice("results", ["all", "problems"], "`problems` leaves out the results of what was accepted."),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": one,
                "application/cloudevents-batch+json": many,
                "application/x-ndjson": lines,
            },
        },
        "responses": answers,
    }


def _choice(name: str, values: list[str], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": {"type": "string", "enum": values}}


def _own_schemas() -> dict[str, Any]:
    text, integer = {"type": "string"}, {"type": "integer"}
    statuses = ["accepted", "duplicate", "parked", "refused"]
    highest = {**integer, "description": "The highest among the results; the ledger's head where there is none."}
    return {
        "Problem": _object(
            "RFC 9457 problem details.",
            {"type": text, "title": text, "status": integer, "detail": text, "code": {**text, "examples": [*KINDS]}},
        ),
        "CloudEvent": _object(
            "CloudEvents 1.0; `data` by type as GET /v1/schemas/{type} has it.",
            {
                "specversion": {"const": "1.0"},
                "id": {**text, "minLength": 1, "maxLength": 128},
                "source": {**text, "examples": ["platform:huizhong"]},
                "type": {**text, "examples": ["pledge.made"]},
                "time": {**text, "format": "date-time"},
                "data": {"type": "object"},
            },
        ),
        "Result": _object(
            "What became of one event.",
            {"id": {"type": ["string", "null"]}, "status": {"enum": statuses}},
            position=integer,
            code=text,
            detail=text,
            item={**integer, "description": "Which item of the body is meant, from 1."},
        ),
        "Totals": _object(
            "What became of all events of a body.",
            {
                **dict.fromkeys(statuses, integer),
                "position": highest,
                "results": {"type": "array", "items": {"$ref": _REF.format(name="Result")}},
            },
        ),
    }


def _object(text: str, required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "description": text,
        "required": [*required],
        "properties": {**required, **optional},
    }
