"""Labelled transfer sets (AMLSim, AMLGentex, packed alike): accounts and transfers between them, without the labels.

* One payment firm, `platform:<format>`, reports all transfers, since payer and payee may be at different banks. Each
  bank is registered and licensed too; at which of them an account is stands in the party's `extra.platform`.
* An account is a party with the account's number. Age, income and city are not read: they are about people, and no
  rule may need them.
* A transfer keeps its number as the event's id and as `extra.tx_id`, so that labels are joined outside. `labels.csv`,
  `patterns.csv` and `pattern_accounts.csv` are never opened.
* The sets name no currency: amounts are taken as US dollars. Where there is no `ts`, `step` counts days from FIRST_DAY.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

from ops.importers import files
from ops.importers.base import Event, ImportProblem, Rejected, Row, event, registered, rejection
from ops.importers.parse import decimal, identifier, moment, positive_cents, short

CURRENCY = "USD"
REGISTERED_AT = "2010-01-01T00:00:00Z"
FIRST_DAY = date(2023, 1, 1)
_STEP_DIGITS_MAX = 5

_ACCOUNTS = ("account_id", "opening_balance")
_TRANSFERS = ("tx_id", "step", "src", "dst", "amount")
_REASONS = {
    "account_unknown": "the list of accounts has no such payer or payee, or its line there was rejected",
    "amount_negative": "the amount is below zero",
    "amount_rounds_to_zero": "the amount is under half a cent; an event carries at least one",
    "amount_unreadable": "the amount is not a decimal number",
    "id_not_allowed": "an account's, a bank's or a transfer's number is no identifier",
    "number_twice": "an account or a transfer of this number was read before",
    "time_unreadable": "`ts` is not an RFC 3339 time, or there is none and `step` is no number of days",
    "to_itself": "payer and payee are one account",
    "wrong_columns": "the line has fewer or more cells than the header",
}
Line = dict[str, str]


class Transfers:
    """Reads both files of a set. `Row.labels` is `account` or `transfer`."""

    suffixes = files.CSV_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = _REASONS

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.wants = f"accounts.csv and transactions.csv of {title}, or their folder"
        self._title = title
        self._source = "platform:" + name

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """The payment firm, and the banks that the list of accounts names."""
        firm = registered(self.name, f"{self._title} transfers", ["lending"], REGISTERED_AT)
        banks = sorted(set(self._banks(paths)) - {self.name})
        return firm + [each for bank in banks for each in registered(bank, bank, ["lending"], REGISTERED_AT)]

    def _banks(self, paths: Sequence[Path]) -> Iterator[str]:
        for line in _lines(_accounts_of(files.expand(paths, self.suffixes))):
            bank = line.get("platform_id") if line else None
            if bank:
                with suppress(Rejected):  # counted where the account itself is read
                    yield identifier(bank)

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """The accounts, then the transfers as they stand in the file."""
        found = files.expand(paths, self.suffixes)
        known: set[str] = set()
        numbers: set[str] = set()
        for line in _lines(_accounts_of(found)):
            yield _guarded("account", lambda each: self._account(each, known), line)
        for line in _lines(files.with_columns(found, _TRANSFERS, "a list of transfers")):
            yield _guarded("transfer", lambda each: self._transfer(each, known, numbers), line)

    def _account(self, line: Line, known: set[str]) -> Event:
        party = _once(identifier(line["account_id"]), known)
        try:
            bank = identifier(line["platform_id"]) if line.get("platform_id") else None
        except Rejected:
            known.discard(party)
            raise
        extra = {"platform": bank, "opening_balance": short(line["opening_balance"])}
        data = {"party": party, "kind": "person"}
        return event(self._source, f"{party}:registered", "party.registered", REGISTERED_AT, data, **extra)

    def _transfer(self, line: Line, known: set[str], numbers: set[str]) -> Event:
        number, payer, payee = (identifier(line[name]) for name in ("tx_id", "src", "dst"))
        if payer not in known or payee not in known:
            raise Rejected("account_unknown")
        if payer == payee:
            raise Rejected("to_itself")
        data: dict[str, Any] = {
            "transfer": number, "payer": payer, "payee": payee,
            "amount": positive_cents(decimal(line["amount"])), "currency": CURRENCY,
        }  # fmt: skip
        time = _time(line)
        _once(number, numbers)
        return event(self._source, number, "transfer.reported", time, data, tx_id=number)

    def totals(self) -> TransferTotals:
        """Counts as in the sets' stats.json, and the sum of money."""
        return TransferTotals()


class TransferTotals:
    """Accounts, transfers, days from the first to the last, and what was moved in minor units."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._moved = 0
        self._days: tuple[str, str] | None = None

    def add(self, row: Row) -> None:
        """Take one row into account."""
        for each in row.events:
            self._kinds[each["type"]] += 1
            if each["type"] == "transfer.reported":
                self._moved += each["data"]["amount"]
                day = each["time"][:10]
                first, last = self._days or (day, day)
                self._days = (min(first, day), max(last, day))

    def result(self) -> dict[str, Any]:
        """Under the names of stats.json, with `moved_minor` added."""
        first, last = self._days or (None, None)
        days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 if first and last else 0
        return {
            "transactions": self._kinds["transfer.reported"],
            "accounts": self._kinds["party.registered"],
            "days": days,
            "moved_minor": self._moved,
        }


def _accounts_of(found: Sequence[Path]) -> list[Path]:
    return files.with_columns(found, _ACCOUNTS, "a list of accounts")


def _lines(paths: Sequence[Path]) -> Iterator[Line | None]:
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise ImportProblem(f"{names} are lists of the same kind: a set has one. Name the files of one set.")
    return files.rows(paths[0])


def _guarded(kind: str, reader: Callable[[Line], Event], line: Line | None) -> Row:
    if line is None:
        return rejection((kind,), "wrong_columns")
    try:
        return Row((kind,), [reader(line)])
    except Rejected as rejected:
        return rejection((kind,), rejected.reason)


def _once(number: str, seen: set[str]) -> str:
    if number in seen:
        raise Rejected("number_twice")
    seen.add(number)
    return number


def _time(line: Line) -> str:
    if text := line.get("ts"):
        return moment(text)
    step = line["step"]
    if not (step.isascii() and step.isdecimal() and len(step) <= _STEP_DIGITS_MAX):
        raise Rejected("time_unreadable")
    return moment(f"{FIRST_DAY + timedelta(days=int(step))}T00:00:00Z")
