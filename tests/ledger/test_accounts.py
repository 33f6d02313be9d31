"""Entries sum to zero, or are none."""

from __future__ import annotations

import pytest

from ledger.accounts import Posting, cash, cash_owner, claim, entry, escrow, move, reversed_entry, trial_balance


def test_an_entry_sums_to_zero_per_currency() -> None:
    lines = (*move("a", "b", "CNY", 5), Posting("c", "USD", 0))
    assert entry(*lines) == move("a", "b", "CNY", 5)
    with pytest.raises(ValueError, match="sum to zero"):
        entry(Posting("a", "CNY", -5), Posting("b", "USD", 5))


def test_a_line_is_never_beyond_what_canonical_json_can_say() -> None:
    most = 2**53 - 1
    parts = entry(*move("a", "b", "CNY", 2 * most + 5))
    assert parts == tuple(
        Posting(account, "CNY", sign * amount) for account, sign in (("a", -1), ("b", 1)) for amount in (most, most, 5)
    )
    assert entry(*move("a", "b", "CNY", most)) == move("a", "b", "CNY", most)


def test_a_reversal_leaves_nothing() -> None:
    lines = (*move("a", "b", "CNY", 5), *move("a", "c", "CNY", 7))
    assert trial_balance((*lines, *reversed_entry(lines))) == {"CNY": 0}


def test_accounts_are_paths_under_their_platform() -> None:
    assert escrow("campaign:huizhong/C-9") == "escrow/huizhong/C-9"
    assert claim("loan:huizhong/L", "party:huizhong/U") == "claim/huizhong/L/U"
    assert cash_owner(cash("party:huizhong/U")) == "party:huizhong/U"
    assert cash_owner("escrow/huizhong/C-9") is None
