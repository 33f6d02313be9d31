"""Anything at all, at every address: no answer is a 5xx, every error is a problem."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.house import BATCH, HUIZHONG, LINES, SINGLE, House, campaign, pledge

FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [HUIZHONG, "platform:none", "registry", "made-F-1", "F-1", "C-9", "huizhong", "", "-1", "1e9", "[]"]
    ),
    st.integers().map(str),
)
FIELDS = st.sampled_from([*pledge("x"), "more"])
DATA = st.sampled_from([*pledge("x")["data"], "extra", "channel", "more"])
ENCODINGS = st.sampled_from(["", "gzip", "zstd"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.tell("huizhong", [*campaign(), pledge("F-1")])
    house.catch_up()


@pytest.fixture(scope="module")
def gets(house: House) -> list[tuple[str, list[str]]]:
    """Every address that can be asked, with its query parameters."""
    paths = house.get(None, "/openapi.json").json()["paths"]
    return [
        (path, [each["name"] for each in methods["get"].get("parameters", ()) if each["in"] == "query"])
        for path, methods in paths.items()
        if "get" in methods
    ]


def _quoted(word: str) -> str:
    return quote(word.encode("utf-8", "surrogatepass"), safe="")


def _check(response: httpx.Response) -> None:
    assert response.status_code < 500, (response.request.url, response.text)
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code


@FUZZ
@given(data=st.data())
def test_any_question_has_a_proper_answer(house: House, gets: list[tuple[str, list[str]]], data: st.DataObject) -> None:
    path, names = data.draw(st.sampled_from(gets))
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + _quoted(data.draw(WORDS)) + rest.partition("}")[2]
    chosen = data.draw(st.dictionaries(st.sampled_from([*names, "x"]), WORDS, max_size=3))
    query = "&".join(
        f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}" for name, value in chosen.items()
    )
    key = house.keys[data.draw(st.sampled_from(["huizhong", "registry", "auditor"]))]
    _check(httpx.get(f"{house.url}{path}?{query}", headers={"Authorization": f"Bearer {key}"}))


@FUZZ
@given(
    body=st.binary(max_size=300),
    form=st.sampled_from([SINGLE, BATCH, LINES]),
    encoding=st.sampled_from(["", "gzip", "zstd"]),
)
def test_any_bytes_have_a_proper_answer(house: House, body: bytes, form: str, encoding: str) -> None:
    _check(house.post("huizhong", body, form, content_encoding=encoding))


@FUZZ
@given(changes=st.dictionaries(FIELDS, VALUES, max_size=2), data=st.none() | st.dictionaries(DATA, VALUES, max_size=2))
def test_any_event_has_a_proper_answer(house: House, changes: dict[str, Any], data: dict[str, Any] | None) -> None:
    sent = pledge("x")
    sent["data"] = {**sent["data"], **(data or {})}
    _check(house.post("huizhong", json.dumps({**sent, **changes}).encode("utf-8", "surrogatepass")))


@FUZZ
@given(body=VALUES)
def test_any_action_has_a_proper_answer(house: House, body: Any) -> None:
    content = json.dumps(body).encode()
    with house.client("registry") as client:
        headers = {"Content-Type": "application/json"}
        _check(client.post("/v1/alerts/C08-raise-cap:0123456789abcdef:1/actions", content=content, headers=headers))
