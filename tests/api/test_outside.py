"""What everybody sees: documents, health, figures, headers, and the errors of wrong addresses."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import structlog

from api.manual.pages import PAGES, source
from api.problems import KINDS
from ledger.events.catalogue import TYPES
from ledger.kernel.refusals import Code
from tests.api.house import House, assert_problem


def test_every_code_is_explained(house: House) -> None:
    sections = re.findall(r"^## (\w+)\n\n(\d{3})\. ", source("problems"), re.MULTILINE)
    assert sections == [(code, str(kind.status)) for code, kind in KINDS.items()]
    refusals, problems = house.get(None, "/docs/refusals").text, house.get(None, "/docs/problems").text
    assert all(f'id="{code}"' in refusals for code in Code)
    assert all(f'id="{code}"' in problems for code in KINDS)


def test_every_event_type_has_a_schema(house: House) -> None:
    listed = house.get(None, "/v1/schemas").json()["items"]
    assert [each["type"] for each in listed] == list(TYPES)
    for each in listed:
        schema = house.get(None, each["schema"])
        assert schema.headers["content-type"] == "application/schema+json"
        assert schema.json()["properties"]["type"] == {"const": each["type"]}
    assert_problem(house.get(None, "/v1/schemas/pledge.dreamt"), 404, "not_found")


def test_document_describes_every_address(house: House) -> None:
    document = house.get(None, "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {
        "/v1/events", "/v1/events/{source}/{name}", "/v1/parked", "/v1/refusals", "/v1/campaigns/{source}/{name}",
        "/v1/loans/{source}/{name}", "/v1/pledges/{source}/{name}", "/v1/balances", "/v1/alerts", "/v1/alerts/{name}",
        "/v1/alerts/{name}/actions", "/v1/rules", "/v1/platforms", "/v1/platforms/{name}", "/v1/checkpoint",
        "/v1/schemas", "/v1/schemas/{name}", "/healthz", "/readyz", "/metrics",
    } <= document["paths"].keys()  # fmt: skip
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if status >= "400" and path != "/readyz":
                    assert [*answer["content"]] == ["application/problem+json"], (method, path, status)


def test_document_has_no_loose_references(house: House) -> None:
    document = house.get(None, "/openapi.json").json()
    references = set(_references(document))
    assert len(references) > 20
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [each for item in value.values() for each in _references(item)]
    return [each for item in value for each in _references(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("path", ["/docs", *(f"/docs/{name}" for name in PAGES)])
def test_manual_loads_nothing_from_anywhere(house: House, path: str) -> None:
    response = house.get(None, path)
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    assert not re.search(r"(src|href)=\"(https?:)?//", response.text)


def test_manual_lists_every_address(house: House) -> None:
    page = house.get(None, "/docs").text
    for path in house.get(None, "/openapi.json").json()["paths"]:
        assert path in page


@pytest.mark.parametrize(
    "path", ["/none", "/v1", "/v1/", "/v1/events/", "/v2/events", "/v1/campaigns/x", "/docs/", "//"]
)
def test_address_that_is_none_answers_404(house: House, path: str) -> None:
    assert_problem(httpx.get(house.url + path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/events"),
        ("PUT", "/v1/events"),
        ("DELETE", "/v1/parked"),
        ("POST", "/v1/alerts"),
        ("PATCH", "/healthz"),
    ],
)
def test_method_that_is_none_answers_405(house: House, method: str, path: str) -> None:
    response = httpx.request(method, house.url + path)
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"]


def test_head_answers_as_get_without_a_body(house: House) -> None:
    for path, status in (("/healthz", 200), ("/v1/schemas", 200), ("/none", 404), ("/v1/parked", 401)):
        response = httpx.head(house.url + path)
        assert (response.status_code, response.content) == (status, b"")


def test_bench_endpoint_is_not_there_by_itself(house: House) -> None:
    assert_problem(httpx.post(house.url + "/v1/bench/bare"), 404, "not_found")


def test_health_readiness_and_figures(house: House) -> None:
    assert house.get(None, "/healthz").json() == {"status": "ok"}
    house.catch_up()
    ready = house.get(None, "/readyz").json()
    assert ready["position"] == house.position()
    assert {"balances", "alerts", "platforms"} <= {each["name"] for each in ready["views"]}
    assert all(each["position"] == ready["position"] for each in ready["views"])
    text = house.get(None, "/metrics").text
    assert f"crowdledger_position {house.position()}.0" in text
    assert 'crowdledger_view_lag_seconds{view="balances"} 0.0' in text
    assert re.search(r'crowdledger_request_seconds_count\{route="/healthz",status="200"\} [1-9]', text)
    assert re.search(r'crowdledger_request_seconds_count\{route="/v1/events",status="200"\} [1-9]', text)
    assert "crowdledger_database_up 1.0" in text


def test_checkpoint_is_the_signed_note_or_404(house: House) -> None:
    assert_problem(house.get(None, "/v1/checkpoint"), 404, "not_found")  # no sealer runs here


def test_answers_carry_safe_headers(house: House) -> None:
    for path in ("/healthz", "/docs", "/none", "/v1/parked", "/v1/schemas"):
        headers = house.get("huizhong", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"


def test_mistake_of_ours_shows_a_reference_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("api.posting.endpoint.decode", fail)
    monkeypatch.setattr("api.reading.platforms._public", fail)
    shown = set()
    with structlog.testing.capture_logs() as logged:
        for response in (house.post("huizhong", {}), house.get(None, "/v1/platforms/huizhong")):
            body = assert_problem(response, 500, "internal")
            assert "secret" not in response.text
            assert body["reference"] in body["detail"]
            shown.add(body["reference"])
    assert shown == {each["reference"] for each in logged if "reference" in each}, "the log has the rest"
