"""A case as a file for others: the page that can be printed, and the report in goAML."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from api.access import Principal
from api.case_export import goaml, page, profile
from api.case_export.material import gather
from api.problems import Problem
from api.services import Services

# A page on its own: no script, nothing from elsewhere, its style in itself.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


def html(
    services: Services, principal: Principal, name: str, language: str, names_for: str | None, *, keep: bool = False
) -> Response:
    """The page for people, in `zh` or `en`. `keep`: as a file to be kept instead of one to be looked at."""
    body = page.page(gather(services, principal, name, names_for), language, dict(services.rules))
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    if keep:
        headers["Content-Disposition"] = f'attachment; filename="{name}.{language}.html"'
        headers["X-Content-Type-Options"] = "nosniff"
    return Response(body, 200, headers, "text/html; charset=utf-8")


def report(services: Services, principal: Principal, name: str, names_for: str | None) -> Response:
    """The report in goAML. Raises Problem: no profile is set, or the report breaks the schema."""
    text, schema = services.goaml.profile, services.goaml.schema
    if text is None:
        raise Problem(
            "invalid_parameter", "no profile is set: the operator sets CROWDLEDGER_GOAML_PROFILE to a TOML file."
        )
    try:
        chosen = profile.read(text)
    except profile.ProfileError as error:
        raise Problem("unavailable", f"the goAML profile can't be used: {error}") from None
    made = goaml.report(gather(services, principal, name, names_for), chosen)
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
