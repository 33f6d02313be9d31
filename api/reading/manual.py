"""`/docs` and `/openapi.json`: the manual, rendered here from the OpenAPI document and from docs/."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jinja2
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse

from api.deps import Nothing
from api.manual.pages import PAGES, render
from api.openapi import INTRODUCTION
from api.problems import Problem

router = APIRouter(include_in_schema=False)
_STYLE: Final = (files("api.manual") / "style.css").read_text(encoding="utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}


@router.get("/openapi.json")
async def get_openapi(request: Request, _query: Nothing) -> JSONResponse:
    """The machine's form of the manual."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def get_docs(request: Request, _query: Nothing) -> HTMLResponse:
    """All addresses."""
    document = request.app.openapi()
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    paragraphs = INTRODUCTION.replace("`", "").strip().split("\n\n")
    return _page("addresses.html", "Addresses", introduction=paragraphs, operations=operations)


@router.get("/docs/{name}")
async def get_page(name: str, _query: Nothing) -> HTMLResponse:
    """A page of the documentation."""
    if name not in PAGES:
        raise Problem("not_found", f"there is no page {name!r}; there are: {', '.join(PAGES)}.")
    return _page("page.html", PAGES[name], body=render(name))


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.PackageLoader("api", "manual")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def _page(template: str, title: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(
        _templates().get_template(template).render(title=title, style=_STYLE, pages=PAGES, **values), headers=_HEADERS
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "anchor": f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "key": {"key": []} in operation.get("security", ()),
        "parameters": [_parameter(each) for each in operation.get("parameters", ())],
        "responses": [
            {"status": status, "description": each["description"], "media_types": ", ".join(each.get("content", ()))}
            for status, each in sorted(operation["responses"].items())
        ],
    }


def _parameter(parameter: dict[str, Any]) -> dict[str, str]:
    schema = parameter.get("schema", {})
    choices = [each for part in (schema, *schema.get("anyOf", ())) for each in part.get("enum", ())]
    types = [each["type"] for each in (schema, *schema.get("anyOf", ())) if "type" in each and each["type"] != "null"]
    return {
        "name": parameter["name"],
        "where": parameter["in"],
        "form": " or ".join(choices or types),
        "meaning": parameter.get("description", ""),
    }
