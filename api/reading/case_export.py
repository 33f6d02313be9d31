"""A case for others: goAML XML, checked where a schema is set, or a page that can be printed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.case_export import files
from api.deps import Parts, Strict, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem

router = APIRouter(prefix="/v1/cases", tags=["supervision"], dependencies=[Depends(plain_text)])


class Export(Strict):
    """In which form; `names=true` opens names of parties, with a `reason` that is recorded for each."""

    format: Literal["goaml", "html"]
    language: Literal["zh", "en"] = "zh"
    names: bool = False
    reason: str | None = Query(None, min_length=3, max_length=2000, pattern=r"\S")


@router.get(
    "/{name}/export",
    responses=described("The case.", 401, 403, 404, 409, 413, media_type="application/octet-stream"),
)
def get_export(name: str, parts: Parts, principal: Supervisor, query: Annotated[Export, Query()]) -> Response:
    """A suspicious-transaction report, or a page for people. Parties are pseudonyms unless names are asked for."""
    if query.names and query.reason is None:
        raise Problem("invalid_parameter", "say the reason for which names are opened; each look is recorded.")
    names_for = query.reason if query.names else None
    if query.format == "goaml":
        return files.report(parts, principal, name, names_for)
    return files.html(parts, principal, name, query.language, names_for)
