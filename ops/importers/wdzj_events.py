"""What the rows of the platform directory become: a platform's beginning, its months, its end.

| status | event of the registry |
|---|---|
| 提现困难 (withdrawals blocked), 经侦介入 (police), 问题平台 (problem) | platform.suspended |
| 停业 (out of business), 跑路 (ran away), 转型 (other business), 停业或转型 (one of the two) | platform.closed |
| normal, none | no event: that it is in business is said by its licence |

The directory never says when a platform ended; it says how it stood when the list was fetched: the event's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from ops.importers.base import REGISTRY, Event, Rejected, event
from ops.importers.parse import day, decimal, identifier, short

# The company list's object ids carry the seconds in which they were made: 2018-08-20 15:22:47 to 15:23:00 UTC.
FETCHED = "2018-08-20T15:23:00Z"
_OFFSET = "+08:00"

RETURNS = tuple(f"return_rate_diff_{term}" for term in ("0to1m", "1to2m", "2to3m", "3to6m", "6m_up"))  # % a year
FILL_TIMES = tuple(f"complete_time_diff_{term}" for term in ("0to1m", "1to2m", "2to3m", "3to6m", "6m_up"))  # seconds
INVESTORS = tuple(f"investor_{band}" for band in ("0to1w", "1to10w", "10to100w", "100w_up"))  # people, by 10,000 yuan
BORROWERS = tuple(f"borrower_{band}" for band in ("0to20w", "20to100w", "100w_up"))  # people, by 10,000 yuan
SHARES = (  # % of what is to be repaid, of what is to be received; the source's spelling
    "top_ten_borrower_to_repay", "top_ten_investor_to_receice",
    "top_fifty_borrower_to_repay", "top_fifty_investor_to_receice",
)  # fmt: skip
FIGURES = (*RETURNS, *FILL_TIMES, *INVESTORS, *BORROWERS, *SHARES)
MONTHLY = ("_id", "day", "name", "plat_id", "status", "wdzj_plat_id", *FIGURES)

_SUSPENDED = {
    "提现困难": "提现困难: withdrawals are blocked",
    "经侦介入": "经侦介入: the police investigate",
    "问题平台": "问题平台: listed as a problem platform",
}
_CLOSED = {
    "停业": "停业: out of business",
    "跑路": "跑路: its operators ran away",
    "转型": "转型: changed to other business",
    "停业或转型": "停业或转型: out of business, or changed to other business",
}
_IN_BUSINESS = frozenset({"normal", ""})


class Platform(NamedTuple):
    """What the lists say of one platform: the row that names it, its row of the status list, its first month's end."""

    named: Mapping[str, str]
    status: Mapping[str, str] | None
    first: str | None


def platform_id(text: str) -> str:
    """The id in the ledger of what the directory calls `plat_id`. Raises Rejected."""
    return f"wdzj-{identifier(text)}"


def registered(name: str, platform: Platform) -> list[Event]:
    """Known to the registry and licensed for lending since the source's day."""
    time, origin = _since(platform)
    region = short((platform.status or {}).get("register_location", "").replace("|", " "))
    about = {"platform": name, "name": short(platform.named["name"], name), "kinds": ["lending"], "jurisdiction": "CN"}
    about |= {"region": region} if region else {}
    kept = {"background": platform.named.get("background"), "number": platform.named["wdzj_plat_id"], "since": origin}
    licence = {"platform": name, "kinds": ["lending"]}
    return [
        event(REGISTRY, f"{name}:registered", "platform.registered", time, about, **kept),
        event(REGISTRY, f"{name}:licensed", "platform.licensed", time, licence),
    ]


def _since(platform: Platform) -> tuple[str, str]:
    month = platform.first[:8] + "01" if platform.first else ""
    for text, origin in (((platform.status or {}).get("register_time", ""), "register_time"), (month, "first_month")):
        with suppress(Rejected):  # no day there: the next best one is taken
            return f"{day(text)}T00:00:00{_OFFSET}", origin
    return FETCHED, "fetched"


def reported(name: str, cells: Mapping[str, str]) -> Event:
    """A month as its platform's own report, made at the month's end. What is empty is left out; 0 stays 0."""
    end = day(cells["day"])
    metrics = {each: _number(cells[each]) for each in FIGURES if cells[each]}
    if not metrics:
        raise Rejected("no_figures")
    data = {"month": f"{end:%Y-%m}", "metrics": metrics}
    return event(
        f"platform:{name}", identifier(cells["_id"]), "platform.reported", f"{end}T23:59:59{_OFFSET}", data,
        status=cells["status"],
    )  # fmt: skip


def _number(text: str) -> int | float:
    value = decimal(text, "number_unreadable")
    return int(value) if value == value.to_integral_value() else float(value)


def ended(name: str, about: str, status: str) -> list[Event]:
    """How the platform stood when the list `about` was fetched."""
    if status in _IN_BUSINESS:
        return []
    if status not in _SUSPENDED and status not in _CLOSED:
        raise Rejected("status_unknown")
    step, reasons = ("suspended", _SUSPENDED) if status in _SUSPENDED else ("closed", _CLOSED)
    data = {"platform": name, "reason": reasons[status]}
    return [event(REGISTRY, f"{name}:{step}:{about}", f"platform.{step}", FETCHED, data, status=status)]
