"""The figures of the dump: rows and groups as they stand in the file, and each account's net from the events alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from ops.importers.base import Event, Row

_TOP = 25
_BAD_GROUPS = frozenset({"no_mirror", "not_mirrored", "mirror_rejected"})
Lines = list[tuple[str, str, int]]  # account, currency, minor units


class OpenCollectiveTotals:
    """Adds up rows by their labels, and what their events move."""

    def __init__(self) -> None:
        self._states: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        self._groups: dict[str, bool] = {}  # a living group -> whether its rows mirror each other
        self._currencies: dict[str, str] = {}
        self._pledges: dict[str, Event] = {}
        self._moved: dict[str, Lines] = {}
        self._net: Counter[tuple[str, str]] = Counter()
        self._advances: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, row: Row) -> None:
        """Count a leg, and keep what its events say."""
        if row.counted:
            self._count(row)
        for event in row.events:
            lines = self._lines(event)
            self._moved[event["id"]] = lines
            for account, currency, amount in lines:
                self._net[account, currency] += amount

    def _count(self, row: Row) -> None:
        state, kind, pair, group = row.labels
        self._states[state] += 1
        if state == "live":
            self._kinds[kind or "(null)"] += 1
            self._pairs[pair] += 1
            self._groups[group] = self._groups.get(group, True) and row.rejected not in _BAD_GROUPS

    def _lines(self, event: Event) -> Lines:
        data, kind = event["data"], event["type"]
        if kind == "campaign.opened":
            self._currencies[data["campaign"]] = data["currency"]
        elif kind == "pledge.made":
            self._pledges[data["pledge"]] = event
        elif kind in {"pledge.collected", "pledge.refunded"}:
            return self._given(data, turned=kind == "pledge.refunded")
        elif kind == "fee.charged":
            return [(data["campaign"], self._currencies[data["campaign"]], -data["amount"])]
        elif kind in {"funds.released", "funds.returned"}:
            currency, amount = self._currencies[data["campaign"]], data["amount"]
            out, other = (amount, data["to"]) if kind == "funds.released" else (-amount, data["payer"])
            return [(data["campaign"], currency, -out), (other, currency, out)]
        elif kind == "event.corrected":
            return [(account, currency, -amount) for account, currency, amount in self._moved[data["corrects"]]]
        return []

    def _given(self, data: dict[str, Any], *, turned: bool) -> Lines:
        """From giver to campaign. An advance is the host's money: the platform shows it as the collective's deficit."""
        made = self._pledges[data["pledge"]]["data"]
        if "advance" in made.get("extra", {}):
            self._advances[made["investor"]][made["currency"]] += made["amount"]
            return []
        amount = -data["amount"] if turned else made["amount"]
        return [(made["campaign"], made["currency"], amount), (made["investor"], made["currency"], -amount)]

    def result(self) -> dict[str, Any]:
        """The figures under the keys of the data set's expected.json, then the advances, in minor units."""
        largest = sorted(self._net.items(), key=lambda each: (-abs(each[1]), each[0]))[:_TOP]
        return {
            "rows": self._states.total(),
            "live_rows": self._states["live"],
            "soft_deleted_rows": self._states["deleted"],
            "live_groups": len(self._groups),
            "live_groups_that_do_not_mirror": sorted(group for group, mirrors in self._groups.items() if not mirrors),
            "kind": dict(self._kinds),
            "currency_pair": dict(self._pairs),
            "live_net_cents_by_collective_currency_top": {
                f"{account} {currency}": amount for (account, currency), amount in largest
            },
            "advances_by_host": {host: dict(sums) for host, sums in sorted(self._advances.items())},
        }
