"""Bad input of every kind: refused by name, never a crash, and what was good beside it is taken."""

from __future__ import annotations

import gzip
import json
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import zstandard

from tests.api.house import BATCH, LINES, SINGLE, House, assert_problem, campaign, lines, pledge

MIB = 1024 * 1024
DEEP = "".join('{"a":' for _ in range(50)) + "1" + "}" * 50


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.tell("huizhong", campaign())


def _raw(name: str, amount: str = "5000", more: str = "", data: str = "") -> bytes:
    """A pledge as text, so that it can be what no encoder writes."""
    fields = f'"pledge":"{name}","campaign":"C-9","investor":"U-1","amount":{amount},"currency":"CNY"{data}'
    envelope = f'"specversion":"1.0","id":"made-{name}","source":"platform:huizhong","type":"pledge.made"'
    return f'{{{envelope},"time":"2024-03-02T10:15:00+08:00","data":{{{fields}}}{more}}}'.encode(
        "utf-8", "surrogatepass"
    )


BAD = {
    "empty": b"",
    "not_json": b"{",
    "half": _raw("x")[:-20],
    "two": _raw("x") + _raw("y"),
    "an_array": b"[" + _raw("x") + b"]",
    "a_number": b"17",
    "null": b"null",
    "float": _raw("x", "5000.0"),
    "exponent": _raw("x", "5e3"),
    "negative": _raw("x", "-5000"),
    "zero": _raw("x", "0"),
    "boolean": _raw("x", "true"),
    "string": _raw("x", '"5000"'),
    "nan": _raw("x", "NaN"),
    "beyond_2_53": _raw("x", str(2**53)),
    "4000_digits": _raw("x", "9" * 4000),
    "5000_digits": _raw("x", "9" * 5000),
    "unknown_currency": _raw("x").replace(b"CNY", b"ZZZ"),
    "small_currency": _raw("x").replace(b"CNY", b"cny"),
    "unknown_field": _raw("x", data=',"colour":"red"'),
    "unknown_attribute": _raw("x", more=',"DATA":{}'),
    "deep": _raw("x", data=f',"extra":{DEEP}'),
    "very_deep": b"[" * 100_000,
    "deep_attribute": _raw("x", more=f',"deep":{DEEP}'),
    "invalid_utf8": _raw("x").replace(b"U-1", b"U-\xff"),
    "overlong_utf8": _raw("x").replace(b"U-1", b"\xc0\xaf"),
    "utf16": _raw("x").decode().encode("utf-16"),
    "byte_order_mark": b"\xef\xbb\xbf" + _raw("x"),
    "raw_nul": _raw("x").replace(b"U-1", b"U\x001"),
    "escaped_nul": _raw("x").replace(b"U-1", rb"U\u0000"),
    "nul_in_extra": _raw("x", data=r',"extra":{"a":"\u0000"}'),
    "lone_surrogate": _raw("x").replace(b"U-1", rb"U\ud800"),
    "lone_surrogate_in_extra": _raw("x", data=r',"extra":{"a":"\udfff"}'),
    "raw_surrogate": _raw("x\ud800"),
    "control_character": _raw("x").replace(b"U-1", b"U\n1"),
    "long_id": _raw("x" * 200),
    "space_in_id": _raw("x y"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_event_is_refused_as_malformed(house: House, name: str) -> None:
    assert_problem(house.post("huizhong", BAD[name]), 422, "malformed")


def test_duplicate_keys_take_the_same_meaning_everywhere(house: House) -> None:
    """RFC 8259 leaves it open; here the last one counts, for the decision, the hash and the log alike."""
    raw = _raw("K-1").replace(b'"amount":5000', b'"amount":1,"amount":5000')
    assert house.post("huizhong", raw).status_code == 201
    assert house.post("huizhong", pledge("K-1")).json()["status"] == "duplicate"


def test_bad_lines_are_refused_and_the_rest_goes_on(house: House) -> None:
    bad = [raw for raw in BAD.values() if raw.strip() and b"\n" not in raw]
    body = b"\n".join([lines([pledge("L-1")]).strip(), *bad, lines([pledge("L-2")]).strip()])
    answer = house.post("huizhong", body, LINES).json()
    assert answer["accepted"] == 2
    assert answer["refused"] == len(bad)
    assert {each["code"] for each in answer["results"] if each["status"] == "refused"} == {"malformed"}
    assert [each["item"] for each in answer["results"] if each["status"] == "refused"] == [*range(2, len(bad) + 2)]


def test_refused_body_is_kept_as_it_was_sent(house: House) -> None:
    house.post("huizhong", BAD["raw_nul"])
    house.post("huizhong", BAD["unknown_field"])
    binary, text = _last_refusals(house, 2)
    assert "body" not in binary or "\0" in binary["body"]
    assert text["body"].encode() == BAD["unknown_field"]
    assert text["body_bytes"] == len(BAD["unknown_field"])


def test_line_of_100_mb_is_one_refused_item(house: House) -> None:
    def body() -> Any:
        yield lines([pledge("M-1")])
        for _ in range(100):
            yield b"x" * MIB
        yield b"\n" + lines([pledge("M-2")])

    with house.client("huizhong") as client:
        answer = client.post("/v1/events", content=body(), headers={"Content-Type": LINES}).json()
    assert (answer["accepted"], answer["refused"]) == (2, 1)
    refused = answer["results"][1]
    assert refused["code"] == "malformed"
    assert str(100 * MIB) in refused["detail"]


@pytest.mark.parametrize(("content_type", "limit"), [(SINGLE, 1), (BATCH, 16)])
def test_body_over_the_limit_answers_413(house: House, content_type: str, limit: int) -> None:
    response = house.post("huizhong", b" " * (limit * MIB + 1), content_type)
    assert "x-ndjson" in assert_problem(response, 413, "too_large")["detail"]


def test_chunked_body_over_the_limit_answers_413(house: House) -> None:
    with house.client("huizhong") as client:
        pieces = (b" " * 65536 for _ in range(20))
        response = client.post("/v1/events", content=pieces, headers={"Content-Type": SINGLE})
    assert_problem(response, 413, "too_large")


@pytest.mark.parametrize("content_type", [SINGLE, BATCH])
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bomb_answers_413_without_being_unpacked(house: House, content_type: str, encoding: str) -> None:
    assert_problem(house.post("huizhong", _bomb(encoding), content_type, content_encoding=encoding), 413, "too_large")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bomb_in_lines_is_one_refused_item(house: House, encoding: str) -> None:
    answer = house.post("huizhong", _bomb(encoding), LINES, content_encoding=encoding).json()
    assert (answer["accepted"], answer["refused"]) == (0, 1)
    assert str(128 * MIB) in answer["results"][0]["detail"]


@pytest.mark.parametrize("content_type", [SINGLE, BATCH, LINES])
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_truncated_or_damaged_encoding_answers_400(house: House, content_type: str, encoding: str) -> None:
    whole = _packed(b"[" + json.dumps(pledge("N-1")).encode() + b"]", encoding)
    for body in (whole[:-4], b"plain" + whole, whole[:12] + b"\xff\xff\xff" + whole[15:]):
        response = house.post("huizhong", body, content_type, content_encoding=encoding)
        assert_problem(response, 400, "bad_encoding")


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_encodings_are_undone(house: House, encoding: str) -> None:
    one = json.dumps(pledge(f"O-{encoding}")).encode()
    assert house.post("huizhong", _packed(one, encoding), content_encoding=encoding).status_code == 201
    many = lines(pledge(f"O-{encoding}-{number}") for number in range(700))
    half = len(many) // 2
    body = _packed(many[:half], encoding) + _packed(many[half:], encoding)  # two members, one after another
    assert house.post("huizhong", body, LINES, content_encoding=encoding).json()["accepted"] == 700


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_unknown_encoding_answers_415(house: House, encoding: str) -> None:
    response = house.post("huizhong", b"x", content_encoding=encoding)
    assert_problem(response, 415, "unsupported_media_type")
    assert response.headers["accept-encoding"] == "gzip, zstd"


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"[1,]", b'[{"a":}]', b"[" * 50_000, b"null", b"[1][2]"])
def test_batch_that_is_no_array_answers_400_and_takes_nothing(house: House, body: bytes) -> None:
    before = house.position()
    assert_problem(house.post("huizhong", body, BATCH), 400, "not_json")
    assert house.position() == before


def test_batch_with_elements_that_are_no_events_refuses_those(house: House) -> None:
    body = b"[1, null, " + json.dumps(pledge("P-1")).encode() + b', "x", {}]'
    answer = house.post("huizhong", body, BATCH).json()
    assert (answer["accepted"], answer["refused"]) == (1, 4)


def test_sender_that_leaves_in_the_middle_leaves_whole_events(house: House) -> None:
    address = urlsplit(house.url)
    body = lines([pledge("Q-1")])
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {house.keys['huizhong']}\r\n"
        f"Content-Type: {LINES}\r\nContent-Length: 100000\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + body + b'{"half":')
    assert house.get(None, "/healthz").status_code == 200
    assert house.post("huizhong", pledge("Q-1")).json()["status"] in {"accepted", "duplicate"}


def test_garbage_instead_of_http_harms_nobody(house: House) -> None:
    address = urlsplit(house.url)
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n\0\0\0"):
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(garbage)
            connection.settimeout(1)
            with suppress(TimeoutError):
                connection.recv(1000)
    assert house.get(None, "/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/platform:huizhong/%00", "/v1/events/%ff/x", "/v1/campaigns/platform:huizhong/%00",
        "/v1/alerts?platform=%00", "/v1/alerts?subject=%ed%a0%80", "/v1/balances?account=%00", "/v1/platforms/%00",
        "/v1/schemas/%00", "/v1/parked?source=%00",
    ],
)  # fmt: skip
def test_address_with_nul_or_broken_text_is_an_error(house: House, path: str) -> None:
    response = httpx.get(house.url + path, headers={"Authorization": f"Bearer {house.keys['auditor']}"})
    assert_problem(response, 422, "invalid_parameter")


def _last_refusals(house: House, count: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = house.get("huizhong", "/v1/refusals", limit=1000, **cursor).json()
        items += page["items"]
        if page["next"] is None:
            return items[-count:]
        cursor = {"cursor": page["next"]}


def _packed(data: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(data)
    return zstandard.ZstdCompressor().compress(data) if encoding == "zstd" else data


def _bomb(encoding: str) -> bytes:
    """128 MiB of blanks and an x: a few kilobytes."""
    return _packed(b"x" + b" " * (128 * MIB - 1), encoding)
