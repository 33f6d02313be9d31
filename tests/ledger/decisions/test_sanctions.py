"""Sanctions: on whom is known, with the money their kind asks for, lifted once."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.casework.lists import lists
from ledger.kernel.refusals import Code
from tests.ledger.given import Event, given
from tests.ledger.stories import market


def imposing(name: str = "S-1", **fields: Any) -> Event:
    data = {"sanction": name, "by": "lin", "subject": "platform:huizhong", "kind": "warning", "begins": "2026-03-02"}
    return Event("sanction.imposed", {**data, **fields}, "registry")


def lifting(name: str = "S-1") -> Event:
    return Event("sanction.lifted", {"sanction": name, "by": "lin", "reason": "made good"}, "registry")


def test_a_sanction_is_about_somebody_who_is_known() -> None:
    given(market()).when(imposing()).then(
        tags=["platform:huizhong"], sanction={"kind": "warning", "lifted_at": None, "subject": "platform:huizhong"}
    )
    given(market()).when(imposing(subject="platform:nobody")).then_refused(Code.PLATFORM_NOT_REGISTERED)
    given(market()).when(imposing(subject="party:huizhong/U-0")).then_refused(Code.PARTY_UNKNOWN)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "prison"}, "none of"),
        ({"kind": "payment_restriction"}, "has a limit"),
        ({"limit": 500_000, "currency": "CNY"}, "has a limit"),
        ({"amount": 500_000, "currency": "CNY"}, "only a fine"),
        ({"kind": "fine", "amount": 500_000}, "has a currency"),
        ({"currency": "CNY"}, "has a currency"),
        ({"until": "2026-03-01"}, "before begins"),
        ({"begins": "2026-02-30"}, "no date"),
        ({"subject": "loan:huizhong/L-1"}, "subject"),
        ({"kind": "payment_restriction", "limit": 0, "currency": "CNY"}, "limit"),
    ],
)
def test_what_contradicts_itself_is_malformed(fields: dict[str, Any], says: str) -> None:
    given(market()).when(imposing(**fields)).then_refused(Code.MALFORMED, says)


def test_every_kind_of_the_list_can_be_imposed() -> None:
    money: dict[str, Any] = {"payment_restriction": {"limit": 500_000, "currency": "CNY"}}
    for kind in lists().sanctions:
        given(market()).when(imposing(kind=kind, **money.get(kind, {}))).then_accepted()


def test_a_sanction_is_lifted_once() -> None:
    given(market(), imposing()).when(lifting()).then(tags=["platform:huizhong"])
    given(market(), imposing(), lifting()).when(lifting()).then_refused(Code.SANCTION_NOT_OPEN, "already")
    given(market()).when(lifting()).then_refused(Code.SANCTION_NOT_OPEN, "no sanction")
    given(market(), imposing()).when(imposing()).then_refused(Code.ENTITY_EXISTS)
    given(market()).when(imposing(case="K-2026-000001")).then_refused(Code.CASE_NOT_OPEN)
