"""The small tools of folds."""

from __future__ import annotations

from datetime import date

import pytest

from projections import base
from projections.catalogue import VIEWS, UnknownView, find


@pytest.mark.parametrize(
    ("decimal", "millionths"),
    [("0", 0), ("1", 1_000_000), ("0.154", 154_000), ("0.1234569", 123_456), ("-0.5", -500_000), ("-0.0000001", -1)],
)
def test_decimals_become_millionths_rounded_down(decimal: str, millionths: int) -> None:
    assert base.ppm(decimal) == millionths


def test_days_count_from_1970() -> None:
    assert [base.day_of(date(1970, 1, 1)), base.day_of(date(2026, 3, 2))] == [0, 20_514]


def test_every_copy_names_columns_that_are_there() -> None:
    for view in VIEWS.values():
        for block, statement in view.SQL.items():
            if statement.startswith("COPY "):
                types = base.column_types(statement, view.SQL["create"])
                assert len(types) == statement.count(",", 0, statement.index(")")) + 1, (view.NAME, block)


def test_a_name_that_is_no_view_is_answered_with_those_that_are() -> None:
    with pytest.raises(UnknownView, match=r"There is no view 'x'. There are: balances, pledges,"):
        find("x")
