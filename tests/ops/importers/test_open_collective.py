"""Open Collective: mirrored legs, fees, orders that are charged once, again or never, deletions, refunds, advances."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops.importers.base import Event, Row
from ops.importers.open_collective import OpenCollective
from ops.settings import Settings
from projections.runner import run_until
from tests.ops.importers.test_end_to_end import import_directly

PLATFORM, HOST, PROCESSOR = "platformFeeInHostCurrency", "hostFeeInHostCurrency", "paymentProcessorFeeInHostCurrency"
DELETED = "2018-08-03 08:20:46.527+00"


def account(number: int, kind: str = "USER", currency: str = "USD", **other: Any) -> dict[str, Any]:
    return {
        "id": number, "name": f"name-{number}", "slug": f"slug-{number}", "currency": currency,
        "createdAt": "2016-09-16 18:04:35.879+00", "type": kind, "HostCollectiveId": "9", "countryISO": "",
    } | other  # fmt: skip


def order(number: int, giver: int = 8, amount: int = 1_000, **other: Any) -> dict[str, Any]:
    return {
        "id": number, "CollectiveId": 7, "FromCollectiveId": giver, "currency": "USD", "totalAmount": amount,
        "createdAt": "2016-02-01 10:00:00+00", "updatedAt": "2016-03-01 10:00:00+00", "deletedAt": "",
        "status": "PAID", "interval": "",
    } | other  # fmt: skip


def entry(number: int, giver: int, taker: int, amount: int, fee: int = 0, **other: Any) -> list[dict[str, Any]]:
    """Legs `number` (CREDIT) and `number + 1`: `amount` is what the giver paid, each of three fees is `fee`."""
    common = {
        "currency": "USD", "createdAt": "2016-02-02 10:00:00.5+00", "deletedAt": "", "HostCollectiveId": 9,
        "TransactionGroup": f"g{number}", "OrderId": "", "ExpenseId": "", PLATFORM: -fee, PROCESSOR: -fee,
        "hostCurrency": "USD", "hostCurrencyFxRate": 1, "kind": "CONTRIBUTION", "isRefund": "f",
        "RefundTransactionId": "", "description": "from Ann Lee, ann@example.org",
    } | other  # fmt: skip
    net = amount - 3 * fee
    credit = {"id": number, "type": "CREDIT", "amount": amount, "netAmountInCollectiveCurrency": net, HOST: -fee}
    debit = {"id": number + 1, "type": "DEBIT", "amount": -net, "netAmountInCollectiveCurrency": -amount, HOST: ""}
    return [
        {**common, **credit, "CollectiveId": taker, "FromCollectiveId": giver},
        {**common, **debit, "CollectiveId": giver, "FromCollectiveId": taker},
    ]


GIVEN = entry(10, 8, 7, 1_000, 30, OrderId=1)
ACCOUNTS = [account(7, "COLLECTIVE"), account(8), account(9, "ORGANIZATION"), account(11, "COLLECTIVE", "EUR")]
Dump = Callable[..., Path]


@pytest.fixture
def dump(write_csv: Callable[..., Path]) -> Dump:
    """A folder with the three tables."""

    def write(legs: list[dict[str, Any]], orders: list[dict[str, Any]] | None = None) -> Path:
        write_csv("dump/collectives.csv", ACCOUNTS)
        write_csv("dump/orders.csv", orders or [order(1)])
        return write_csv("dump/transactions.csv", legs).parent

    return write


def rows_of(folder: Path) -> list[Row]:
    return list(OpenCollective().read([folder]))


def events_of(folder: Path) -> list[Event]:
    return [event for row in rows_of(folder) for event in row.events]


def steps(events: list[Event]) -> list[tuple[str, Any]]:
    """What moves money, in order."""
    return [
        (event["type"], event["data"].get("amount") or event["data"].get("pledge") or event["data"].get("corrects"))
        for event in events
        if event["type"].startswith(("pledge.", "fee.", "funds.", "event."))
    ]


def rejected(folder: Path) -> Counter[str]:
    return Counter(row.rejected for row in rows_of(folder) if row.rejected)


def net(folder: Path) -> dict[str, int]:
    sums = OpenCollective().totals()
    for row in rows_of(folder):
        sums.add(row)
    found: dict[str, int] = sums.result()["live_net_cents_by_collective_currency_top"]
    return found


def test_a_contribution_is_collected_whole_and_pays_its_fees_out_of_escrow(dump: Dump) -> None:
    folder = dump(GIVEN)
    events = events_of(folder)
    assert steps(events) == [
        ("pledge.made", 1_000), ("pledge.collected", "order-1"),
        ("fee.charged", 30), ("fee.charged", 30), ("fee.charged", 30),
    ]  # fmt: skip
    fees = [event["data"] for event in events if event["type"] == "fee.charged"]
    assert [fee["extra"]["fee"] for fee in fees] == ["platform", "host", "paymentProcessor"]
    assert {fee["payer"] for fee in fees} == {"issuer"}
    assert net(folder) == {"7 USD": 910, "8 USD": -1_000}


def test_no_word_of_people_goes_into_an_event(dump: Dump) -> None:
    text = repr(events_of(dump([*GIVEN, *entry(20, 7, 8, 100)])))
    assert not any(word in text for word in ("Ann", "example.org", "name-8", "slug-8"))
    assert "name-7" in text


def test_a_recurring_order_is_a_pledge_a_charge(dump: Dump) -> None:
    again = [entry(number, 8, 7, 1_000, OrderId=1, createdAt=f"2016-0{number}-02 10:00:00+00") for number in (5, 3, 4)]
    events = events_of(dump([leg for legs in again for leg in legs], [order(1, interval="month")]))
    made = [event["data"] for event in events if event["type"] == "pledge.made"]
    assert [data["pledge"] for data in made] == ["order-1", "order-1.4", "order-1.5"]
    assert {data["extra"]["order"] for data in made} == {"1"}


@pytest.mark.parametrize(
    ("status", "reason"), [("ERROR", "collection failed"), ("CANCELLED", "cancelled"), ("PENDING", None)]
)
def test_an_order_that_was_never_charged(dump: Dump, status: str, reason: str | None) -> None:
    events = events_of(dump(GIVEN, [order(1), order(2, status=status)]))
    ends = [event["data"].get("reason") for event in events if event["type"] == "pledge.cancelled"]
    assert ends == ([reason] if reason else [])
    assert ("pledge.made", 1_000) in steps([event for event in events if event["id"].startswith("order-2")])


def test_a_charge_of_another_amount_is_no_collection_of_the_order(dump: Dump) -> None:
    events = events_of(dump(entry(10, 8, 7, 999, OrderId=1)))
    assert steps(events) == [("pledge.made", 999), ("pledge.collected", "order-1.10"), ("pledge.made", 1_000)]


def test_a_payout_with_the_fee_of_sending_it(dump: Dump) -> None:
    payout = entry(20, 7, 8, 800, ExpenseId=3, kind="EXPENSE", **{PROCESSOR: -21})
    for leg, name, value in ((payout[0], "netAmountInCollectiveCurrency", 779), (payout[1], "amount", -779)):
        leg[name] = value
    folder = dump([*payout, *GIVEN])
    assert steps(events_of(folder))[-2:] == [("funds.released", 779), ("fee.charged", 21)]
    assert net(folder) == {"7 USD": 110, "8 USD": -221}


def test_what_a_collective_had_not_its_host_paid(dump: Dump) -> None:
    folder = dump([*entry(20, 7, 8, 950), *GIVEN])
    assert steps(events_of(folder))[-3:] == [
        ("pledge.made", 40), ("pledge.collected", "advance-21"), ("funds.released", 950),
    ]  # fmt: skip
    assert net(folder) == {"7 USD": -40, "8 USD": -50}  # as the platform shows it: a deficit of the collective


def test_rows_that_were_written_anew_give_nothing(dump: Dump) -> None:
    old = [{**leg, "id": leg["id"] + 100, "deletedAt": DELETED, PLATFORM: 30, PROCESSOR: 30} for leg in GIVEN]
    folder = dump([*old, *GIVEN])
    assert rejected(folder) == {"superseded": 2}
    assert events_of(folder) == events_of(dump(GIVEN))


def test_a_deleted_contribution_was_known_and_is_taken_back(dump: Dump) -> None:
    folder = dump([{**leg, "deletedAt": DELETED} for leg in GIVEN])
    events = events_of(folder)
    pledge = "order-1.10"
    assert steps(events)[5:-1] == [("event.corrected", f"{pledge}:{name}") for name in (
        "fee-paymentProcessor", "fee-host", "fee-platform", "collected", "made")]  # fmt: skip
    assert all(event["time"].startswith("2018-08-03") for event in events if event["type"] == "event.corrected")
    assert {name: amount for name, amount in net(folder).items() if amount} == {}


def test_a_deleted_payout_is_told_and_left_out(dump: Dump) -> None:
    folder = dump([*GIVEN, *entry(20, 7, 8, 100, deletedAt=DELETED)])
    assert rejected(folder) == {"voided_payout": 2}
    assert net(folder)["7 USD"] == 910


def test_a_refund_goes_back_from_the_pledge(dump: Dump) -> None:
    folder = dump([*GIVEN, *entry(20, 7, 8, 400, isRefund="t", RefundTransactionId=10)])
    assert steps(events_of(folder))[-1] == ("pledge.refunded", 400)
    assert net(folder) == {"7 USD": 510, "8 USD": -600}


def test_what_a_payee_pays_back_returns(dump: Dump) -> None:
    back = entry(30, 8, 7, 250, isRefund="t", createdAt="2016-04-02 10:00:00+00")
    folder = dump([*back, *GIVEN, *entry(20, 7, 8, 400, createdAt="2016-03-02 10:00:00+00")])
    assert steps(events_of(folder))[-2:] == [("funds.released", 400), ("funds.returned", 250)]
    assert net(folder) == {"7 USD": 760, "8 USD": -850}


@pytest.mark.parametrize(
    ("legs", "reason"),
    [
        (GIVEN[:1], "no_mirror"),
        ([*GIVEN, {**GIVEN[0], "id": 12}], "no_mirror"),
        ([GIVEN[0], {**GIVEN[1], "amount": -909}], "not_mirrored"),
        ([GIVEN[0], {**GIVEN[1], "FromCollectiveId": 9}], "not_mirrored"),
        ([GIVEN[0], {**GIVEN[1], "currency": "EUR"}], "not_mirrored"),
        ([{**GIVEN[0], HOST: -31}, GIVEN[1]], "not_mirrored"),
        ([GIVEN[0], {**GIVEN[1], PLATFORM: -29}], "not_mirrored"),
        (entry(10, 8, 9, 100), "no_collective"),
        (entry(10, 8, 99, 100), "account_unknown"),
        (entry(10, 7, 11, 100), "between_collectives"),
        (entry(10, 8, 11, 100), "currency_differs"),
        (entry(10, 8, 7, 100, 1, hostCurrency="EUR"), "fees_in_other_currency"),
        (entry(10, 8, 7, 0), "amount_not_positive"),
        (entry(10, 7, 8, 40, 1, isRefund="t", RefundTransactionId=10), "refund_of_unknown"),
        (entry(10, 8, 7, 40, 1, isRefund="t"), "refund_has_fees"),
        (entry(10, 8, 7, 40, createdAt="yesterday"), "time_unreadable"),
    ],
)
def test_what_is_no_entry_is_told_by_reason(dump: Dump, legs: list[dict[str, Any]], reason: str) -> None:
    folder = dump(legs)
    assert rejected(folder) == {reason: len(legs)}
    assert not any(event["type"] in {"pledge.collected", "funds.released"} for event in events_of(folder))


def test_a_rejected_entry_leaves_no_gap_behind_it(dump: Dump) -> None:
    """Who was first named in an entry that is rejected is still registered by the next."""
    missing_host = entry(20, 7, 8, 100, HostCollectiveId=99)
    folder = dump([*missing_host, *entry(30, 8, 7, 50, createdAt="2016-05-02 10:00:00+00")], [order(1, status="x")])
    events = events_of(folder)
    names = [event["data"]["party"] for event in events if event["type"] == "party.registered"]
    assert sorted(names) == ["7", "8"]
    assert rejected(folder) == {"account_unknown": 2}


def test_groups_that_do_not_mirror_are_listed(dump: Dump) -> None:
    folder = dump([*GIVEN, *entry(20, 8, 7, 100)[:1]])
    sums = OpenCollective().totals()
    for row in rows_of(folder):
        sums.add(row)
    result = sums.result()
    assert (result["rows"], result["live_groups"]) == (3, 2)
    assert result["live_groups_that_do_not_mirror"] == ["g20"]


@pytest.mark.data
def test_the_ledger_holds_what_the_platform_shows(
    tmp_path: Path, database_url: str, shared_data: Callable[[str], Path]
) -> None:
    """Every account, not only the largest: the living rows' nets, added up here, against the view of balances."""
    path = shared_data("real/opencollective_dvl/expected.json").parent
    settings = Settings(data_dir=tmp_path, database_url=database_url, secret_key="test")
    first = import_directly(settings, "open-collective", path)
    assert (first["accepted"], first["parked"], first["refused"]) == (2_236, 0, 0), first["problems"]
    again = import_directly(settings, "open-collective", path)
    assert (again["accepted"], again["duplicate"]) == (0, 2_236)
    shown: Counter[tuple[str, str]] = Counter()
    fees: Counter[str] = Counter()
    with (path / "transactions.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["deletedAt"]:
                shown[row["CollectiveId"], row["currency"]] += int(row["netAmountInCollectiveCurrency"])
                if row["type"] == "CREDIT":
                    fees[row["currency"]] += int(row["amount"]) - int(row["netAmountInCollectiveCurrency"])
    run_until(database_url)
    with psycopg.connect(database_url) as connection:
        held = connection.execute("SELECT account, currency, balance FROM view_balances.balances").fetchall()
    found: Counter[tuple[str, str]] = Counter()
    for name, currency, balance in held:
        kind, _, rest = name.partition("/")
        if kind in {"escrow", "investor", "issuer"}:
            found[rest.rpartition("/")[2], currency] += int(balance)
    # The one advance: the platform shows it as the collective's deficit, the ledger as money of its host.
    assert (found["7", "USD"], found["9805", "USD"]) == (0, -4_510)
    found["7", "USD"], found["9805", "USD"] = -4_510, 0
    assert {of: n for of, n in found.items() if n} == {of: n for of, n in shown.items() if n}
    kept = {currency: int(balance) for name, currency, balance in held if name == "fees/opencollective"}
    assert kept == {currency: amount for currency, amount in fees.items() if amount}
