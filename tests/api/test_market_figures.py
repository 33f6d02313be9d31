"""What may be told of the market: never a figure over few, nor one from which such a figure can be worked out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api import market_figures
from api.market_figures import CAMPAIGNS, LEAST, LOANS
from api.scorecards import MarketHistory, MarketSum, Owing
from projections.platform_months import PUBLISHED_OVER_INVESTORS, named

FIRST, LAST = 24_310, 24_312
rows = st.builds(
    MarketSum,
    month=st.integers(FIRST, LAST),
    currency=st.sampled_from(["CNY", "USD"]),
    kind=st.sampled_from([*CAMPAIGNS, *LOANS, "reports", "principal"]),
    events=st.integers(1, 12),
    amount=st.integers(1, 10**12),
    platforms=st.integers(1, 12),
    investors=st.one_of(st.none(), st.integers(1, LEAST)),
)
owing = st.builds(
    Owing, currency=st.sampled_from(["CNY", "USD"]), amount=st.integers(1, 10**12), platforms=st.integers(1, 9)
)


@given(
    st.lists(rows, max_size=40, unique_by=lambda row: row[:3]),
    st.lists(owing, max_size=2, unique_by=lambda row: row.currency),
)
def test_nothing_over_few_is_told(sums: list[MarketSum], owed: list[Owing]) -> None:
    history = MarketHistory(FIRST, LAST, sums, owed, [])
    told = market_figures.months(history)
    cells = {(each.month, each.currency): each for each in told}
    for row in sums:
        if row.kind not in {*CAMPAIGNS, *LOANS}:
            assert all(row.kind not in each.figures for each in told)
            continue
        month = cells[named(row.month), row.currency]
        behind = (row.investors or 0) if row.kind in PUBLISHED_OVER_INVESTORS else row.events
        few = row.platforms < LEAST or behind < LEAST
        assert month.figures[row.kind] == ((None, None) if few else (row.events, row.amount))
        if few and row.kind in {"refunded", "collected"}:
            assert month.refund_share_bp is None
        if few and row.kind in {"defaulted", "repaid"}:
            assert month.default_share_bp is None
    for each in market_figures.outstanding(history, told):
        (own,) = (one for one in owed if one.currency == each.currency)
        last = cells.get((named(LAST), each.currency))
        hidden = last is not None and any(
            last.figures[kind].withheld for kind in ("lent", "repaid", "written_off") if kind in last.figures
        )
        assert (each.amount is None) == (own.platforms < LEAST or hidden)


def test_shares_are_of_what_they_say() -> None:
    sums = [
        MarketSum(LAST, "CNY", kind, 9, amount, 9, LEAST)
        for kind, amount in (("collected", 1_000), ("refunded", 255), ("repaid", 900), ("defaulted", 100))
    ]
    (month,) = market_figures.months(MarketHistory(FIRST, LAST, sums, [], []))
    assert (month.refund_share_bp, month.default_share_bp) == (2_550, 1_000)
