"""What comes in from outside: every kind of bad input gets a code and a way out, and nothing ever raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.candidate import Candidate, Rejected
from ledger.intake import CLOCK_SKEW, Intake
from tests.ledger.store.events import SOURCE, event, pledge

NOW = datetime(2026, 11, 22, tzinfo=UTC)
INTAKE = Intake(bytes(32))
OWN = frozenset({SOURCE})


def send(sent: bytes | dict[str, Any]) -> Candidate | Rejected:
    raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return INTAKE.decode(raw, OWN, NOW)


def changed(**data: Any) -> dict[str, Any]:
    sent = pledge("P-1")
    return {**sent, "data": {**sent["data"], **data}}


BAD: dict[str, tuple[bytes | dict[str, Any], str]] = {
    "not json": (b"pledge please", "malformed"),
    "empty": (b"", "malformed"),
    "an array": (b"[]", "malformed"),
    "a number": (b"7", "malformed"),
    "not utf-8": (b'{"id":"\xff"}', "malformed"),
    "a lone surrogate": (json.dumps(changed(campaign="\ud800")).encode(), "malformed"),
    "nested deeply": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "malformed"),
    "a 50-deep object": (changed(extra=json.loads('{"a":' * 50 + "1" + "}" * 50)), "malformed"),
    "a float amount": (changed(amount=5.5), "malformed"),
    "a whole float amount": (changed(amount=500.0), "malformed"),
    "a text amount": (changed(amount="500"), "malformed"),
    "a true amount": (changed(amount=True), "malformed"),
    "no amount": (changed(amount=0), "malformed"),
    "a negative amount": (changed(amount=-1), "malformed"),
    "a huge amount": (changed(amount=10**30), "malformed"),
    "beyond exact integers": (changed(amount=2**53), "malformed"),
    "an unknown field": (changed(colour="red"), "malformed"),
    "an unknown currency": (changed(currency="XQX"), "malformed"),
    "a small-letter currency": (changed(currency="cny"), "malformed"),
    "an id with a slash": (changed(pledge="a/b"), "malformed"),
    "an id with NUL": (changed(pledge="a\0b"), "malformed"),
    "an id of 129": (changed(pledge="a" * 129), "malformed"),
    "extra over 4 KiB": (changed(extra={"a": "b" * 5000}), "malformed"),
    "extra with a number": (changed(extra={"a": 1}), "malformed"),
    "data is missing": ({k: v for k, v in pledge("P-1").items() if k != "data"}, "malformed"),
    "data is null": ({**pledge("P-1"), "data": None}, "malformed"),
    "another specversion": ({**pledge("P-1"), "specversion": "0.3"}, "malformed"),
    "a time without offset": ({**pledge("P-1"), "time": "2026-03-02T10:15:00"}, "malformed"),
    "a date for a time": ({**pledge("P-1"), "time": "2026-03-02"}, "malformed"),
    "a number for a time": ({**pledge("P-1"), "time": 1}, "malformed"),
    "the 30th of February": ({**pledge("P-1"), "time": "2026-02-30T10:15:00Z"}, "malformed"),
    "before 1970": ({**pledge("P-1"), "time": "1969-12-31T23:59:59Z"}, "malformed"),
    "year one": ({**pledge("P-1"), "time": "0001-01-01T00:00:00+14:00"}, "malformed"),
    "an id that is a number": ({**pledge("P-1"), "id": 7}, "malformed"),
    "an id with a space": ({**pledge("P-1"), "id": "a b"}, "malformed"),
    "facts beside data": ({**pledge("P-1"), "Amount": 5}, "malformed"),
    "an unknown type": ({**pledge("P-1"), "type": "pledge.promised"}, "unknown_type"),
    "someone else's source": ({**pledge("P-1"), "source": "platform:other"}, "source_not_yours"),
    "the registry's source": ({**pledge("P-1"), "source": "registry"}, "source_not_yours"),
    "the system's source": ({**pledge("P-1"), "source": "system"}, "source_not_yours"),
    "tomorrow": ({**pledge("P-1"), "time": "2026-11-23T00:00:00Z"}, "time_in_future"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_its_code(name: str) -> None:
    sent, code = BAD[name]
    answer = send(sent)
    assert isinstance(answer, Rejected), answer
    assert answer.code == code
    assert answer.detail
    assert answer.source == SOURCE  # kept for who sent it, not for who was claimed
    assert answer.raw


def test_what_is_kept_is_what_was_sent() -> None:
    raw = b'{ "id" : "x",   "odd": 1 }'
    answer = send(raw)
    assert isinstance(answer, Rejected)
    assert answer.raw == raw


def test_small_differences_of_clocks_pass() -> None:
    ahead = (NOW + CLOCK_SKEW - timedelta(seconds=1)).isoformat()
    assert isinstance(send({**pledge("P-1"), "time": ahead}), Candidate)


def test_same_content_in_another_order_and_spacing_is_the_same() -> None:
    sent = pledge("P-1")
    one, two = send(sent), send(json.dumps(dict(reversed(sent.items())), indent=3).encode())
    assert isinstance(one, Candidate)
    assert isinstance(two, Candidate)
    assert one.body == two.body
    assert one.content_hash == two.content_hash


def test_null_is_not_the_same_as_nothing() -> None:
    assert isinstance(send(changed(channel=None)), Rejected)


def test_names_change_the_content_but_never_the_body() -> None:
    def named(name: str) -> Candidate:
        answer = send(event("p", "party.registered", party="U-1", kind="person", name=name))
        assert isinstance(answer, Candidate)
        return answer

    one, two = named("王小明"), named("李雷")
    assert one.body == two.body
    assert one.content_hash != two.content_hash
    assert "王小明".encode() not in one.body
    assert one.personal is not None
    assert "王小明" in one.personal.decode()


def test_the_same_number_is_the_same_person_on_every_platform() -> None:
    identity = {"scheme": "cn-id", "number": "110101199003070000"}
    sent = event("p", "party.registered", party="U-1", kind="person", identity=identity)
    other = {**sent, "source": "platform:other", "data": {**sent["data"], "party": "X-9"}}
    one = INTAKE.decode(sent, None, NOW)
    two = INTAKE.decode(other, None, NOW)
    three = Intake(b"k" * 32).decode(sent, None, NOW)
    persons = [json.loads(each.body)["data"]["person"] for each in (one, two, three) if isinstance(each, Candidate)]
    assert persons[0] == persons[1] != persons[2]


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    assert isinstance(INTAKE.decode(raw, OWN, NOW), Rejected)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
)


@given(
    st.sampled_from(["specversion", "id", "source", "type", "time", "data"]),
    json_values,
    st.sampled_from(["pledge", "campaign", "investor", "amount", "currency", "channel", "extra"]),
)
def test_no_value_in_any_place_raises(attribute: str, value: Any, field: str) -> None:
    sent = pledge("P-1")
    for odd in ({**sent, attribute: value}, {**sent, "data": {**sent["data"], field: value}}):
        assert isinstance(INTAKE.decode(odd, OWN, NOW), Candidate | Rejected)
        assert isinstance(INTAKE.decode(json.dumps(odd).encode(), OWN, NOW), Candidate | Rejected)
