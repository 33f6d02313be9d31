"""Canonical JSON: the fast way gives the bytes of the RFC 8785 library, for every value."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.canonical import MAX_SAFE_INTEGER, canonical, canonical_without_floats

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(plain)
def test_the_fast_way_equals_the_reference(value: Any) -> None:
    assert canonical_without_floats(value) == rfc8785.dumps(value)


@given(values)
def test_equals_the_reference(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_keys_are_ordered_by_utf16_unit() -> None:
    value = {"\U0001f600": 1, "\uff00": 2, "a": 3}
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf")])
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"(?i)int|float|nan|inf|domain|range"):
        canonical(value)
