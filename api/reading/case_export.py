"""A case for others: goAML XML, checked where a schema is set, or a page that can be printed."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.access import Principal
from api.case_export import goaml, page, profile
from api.case_export.material import gather
from api.deps import Parts, Strict, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import Services

router = APIRouter(prefix="/v1/cases", tags=["supervision"], dependencies=[Depends(plain_text)])
# A page on its own: no script, nothing from elsewhere, its style in itself.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


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
        return _goaml(name, parts, principal, names_for)
    body = page.page(gather(parts, principal, name, names_for), query.language, dict(parts.rules))
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Response(body, 200, headers, "text/html; charset=utf-8")


def _goaml(name: str, parts: Services, principal: Principal, names_for: str | None) -> Response:
    text, schema = parts.goaml.profile, parts.goaml.schema
    if text is None:
        raise Problem(
            "invalid_parameter", "no profile is set: the operator sets CROWDLEDGER_GOAML_PROFILE to a TOML file."
        )
    try:
        chosen = profile.read(text)
    except profile.ProfileError as error:
        raise Problem("unavailable", f"the goAML profile can't be used: {error}") from None
    made = goaml.report(gather(parts, principal, name, names_for), chosen)
    checked = "no schema is set"
    if schema is not None:
        try:
            found = goaml.violations(made.xml, schema)
        except ValueError as error:
            raise Problem("unavailable", f"the goAML schema can't be used: {error}") from None
        if found:
            raise Problem(
                "schema_violated",
                f"the report breaks the schema in {len(found)} places; mend the profile, or take another.",
                violations=[each._asdict() for each in found],
            )
        checked = "valid"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.xml"',
        "Cache-Control": "no-store",
        "Goaml-Checked": checked,
        "Goaml-Transactions": str(made.transactions),
        "Goaml-Left-Out": str(made.foreign),
    }
    return Response(made.xml, 200, headers, "application/xml")
