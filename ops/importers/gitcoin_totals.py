"""The figures of a Gitcoin round, computed from the events alone: sums, shared addresses, self-dealing, twin pairs.

Two pledges came without an address. The published figures count the empty text as one address like any other (so ten
shared addresses, not nine); the events leave `channel` out, since two unknown addresses are no link, and only the sums
here follow the published reading.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal, localcontext
from itertools import combinations
from typing import Any, NamedTuple

from ops.importers.base import Event, Row
from ops.importers.parse import DIGITS

PAIR_SHARES_MORE_THAN = 10  # grants


class _Pledge(NamedTuple):
    id: str
    campaign: str
    investor: str
    ip: str  # empty where none was recorded
    value: Decimal
    phantom: bool


class GitcoinTotals:
    """Keeps the pledges of one round (some thousands) and answers at the end."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._pledges: list[_Pledge] = []
        self._issuers: dict[str, str] = {}
        self._officers: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, row: Row) -> None:
        """Counts the row and keeps what its events say."""
        if row.counted:
            self._rows[row.labels[0]] += 1
        for event in row.events:
            self._keep(event)

    def _keep(self, event: Event) -> None:
        data = event["data"]
        if event["type"] == "pledge.made":
            extra = data["extra"]
            address = data.get("channel", {}).get("ip", "")
            value, phantom = Decimal(extra["value_usd"]), "phantom" in extra
            self._pledges.append(_Pledge(data["pledge"], data["campaign"], data["investor"], address, value, phantom))
        elif event["type"] == "campaign.opened":
            self._issuers[data["campaign"]] = data["issuer"]
        elif event["type"] == "party.related":
            self._officers[data["to"]].add(data["party"])

    def result(self) -> dict[str, Any]:
        """The figures under the keys of the data set's expected.json."""
        real = [each for each in self._pledges if not each.phantom]
        own = self._self_dealing()
        shared, shared_real = _shared_addresses(self._pledges), _shared_addresses(real)
        return {
            "rows": self._rows.total(),
            "rows_c": self._rows["c"],
            "rows_v": self._rows["v"],
            "profiles": len({each.investor for each in self._pledges}),
            "ips": len({each.ip for each in self._pledges}),
            "sum_usd_c": _sum(real),
            "sum_usd_v": _sum([each for each in self._pledges if each.phantom]),
            "shared_ips_all_rows": len(shared),
            "profiles_on_shared_ips_all_rows": len(set().union(*shared.values())),
            "shared_ips_c_rows": len(shared_real),
            "profiles_on_shared_ips_c_rows": len(set().union(*shared_real.values())),
            "self_dealing_rows_admin_or_team": len(own),
            "self_dealing_pks": own,
            "profile_pairs_sharing_more_than_10_grants": self._twins(),
            "sum_usd_by_grant_c": self._by_grant(),
        }

    def _self_dealing(self) -> list[str]:
        """Pledges of an issuer's own people, the latest first as the export lists them."""
        own = []
        for each in self._pledges:
            issuer = self._issuers.get(each.campaign, "")
            if each.investor == issuer or each.investor in self._officers[issuer]:
                own.append(each.id)
        return own[::-1]

    def _twins(self) -> int:
        """Pairs of profiles that pledged to more than ten grants in common."""
        grants: defaultdict[str, set[str]] = defaultdict(set)
        for each in self._pledges:
            grants[each.investor].add(each.campaign)
        wide = [picks for picks in grants.values() if len(picks) > PAIR_SHARES_MORE_THAN]
        return sum(len(one & other) > PAIR_SHARES_MORE_THAN for one, other in combinations(wide, 2))

    def _by_grant(self) -> dict[str, str]:
        campaigns = {each.campaign for each in self._pledges}
        ordered = sorted(campaigns, key=lambda name: (len(name), name))
        return {
            name.removeprefix("grant-"): _sum([e for e in self._pledges if e.campaign == name and not e.phantom])
            for name in ordered
        }


def _shared_addresses(pledges: list[_Pledge]) -> dict[str, set[str]]:
    """Addresses that more than one profile pledged from, with those profiles."""
    profiles: defaultdict[str, set[str]] = defaultdict(set)
    for each in pledges:
        profiles[each.ip].add(each.investor)
    return {address: people for address, people in profiles.items() if len(people) > 1}


def _sum(pledges: list[_Pledge]) -> str:
    with localcontext() as context:
        context.prec = DIGITS
        return str(sum((each.value for each in pledges), Decimal(0)))
