"""Gitcoin Grants round 3: grants.csv and contributions.csv to campaigns and pledges of a donation platform.

* A grant is an organisation `grant-N`, whose officers are its admin and its team, and a campaign `grant-N` that the
  organisation issues. An issuer per grant, not per admin: one admin may run nine grants with nine different teams.
* The goal is the round's estimated match, the only target the file knows; where that is none, one cent.
* `c-` rows are pledges that were collected at once. `v-` rows are money of the platform, 5 USD a profile spread over
  its picks: a pledge of the same profile with `extra.phantom`, never collected, so never money and no claim on anybody.
* After the round each campaign closes as succeeded, and what was collected goes to the grant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from ops.importers import files
from ops.importers.base import Event, Rejected, Row, event, registered, rejection
from ops.importers.gitcoin_totals import GitcoinTotals
from ops.importers.parse import cents, decimal, identifier, moment, positive_cents, short

SOURCE = "platform:gitcoin"
# The round's dates are not in the files: README of the data set, 15 September to 2 October 2019.
REGISTERED_AT = "2019-01-01T00:00:00Z"
ROUND_FROM = "2019-09-15T00:00:00Z"
LAST_DAY = "2019-10-02"
ROUND_CLOSED = "2019-10-03T00:00:00Z"

_CONTRIBUTIONS = ("grant_id", "pk", "created", "value_usd", "profile", "ip_address", "num_tx_approved", "tx_id")
_GRANTS = ("grant_id", "title", "url", "tags", "admin_profile_name", "estimated_round_3_clr_match_usd", "team")


class Gitcoin:
    """Reads both files of the round. `Row.labels` is the kind of row: c, v, or a supporting one."""

    name = "gitcoin"
    wants = "grants.csv and contributions.csv of Gitcoin Grants round 3, or their folder"
    suffixes = files.CSV_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = {
        "amount_rounds_to_zero": "the contribution is under half a cent; an event carries at least one",
        "amount_negative": "the amount is below zero",
        "amount_unreadable": "the amount is not a decimal number",
        "id_not_allowed": "a profile, grant or pk is no identifier",
        "time_unreadable": "`created` is not an RFC 3339 time",
        "grant_unknown": "grants.csv has no such grant, or its line there was rejected",
        "kind_unknown": "pk starts with neither c- nor v-",
        "wrong_columns": "the line has fewer or more cells than the header",
    }

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """Gitcoin, licensed for donations."""
        return registered("gitcoin", "Gitcoin Grants", ["donation"], REGISTERED_AT)

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """Grants, then contributions by time, then the end of the round."""
        found = files.expand(paths, self.suffixes)
        grants = _read_all(files.with_columns(found, _GRANTS, "a list of grants"))
        contributions = _read_all(files.with_columns(found, _CONTRIBUTIONS, "a list of contributions"))
        known: set[str] = set()
        opened: list[str] = []
        for grant in grants:
            row = _guarded(("grant",), _grant, grant, known)._replace(counted=False)
            opened += (each["data"]["campaign"] for each in row.events if each["type"] == "campaign.opened")
            yield row
        collected: Counter[str] = Counter(dict.fromkeys(opened, 0))
        for contribution in sorted(contributions, key=_by_time):
            kind = "" if contribution is None else contribution["pk"].partition("-")[0]
            row = _guarded((kind,), partial(_contribution, collected), contribution, known)
            collected.update(_collected(row.events))
            yield row
        for campaign in opened:
            yield Row(("end",), _end(campaign, collected[campaign]), counted=False)

    def totals(self) -> GitcoinTotals:
        """Sums over the round, with the figures of the collusion indicators."""
        return GitcoinTotals()


def _read_all(paths: list[Path]) -> list[dict[str, str] | None]:
    return [row for path in paths for row in files.rows(path)]


def _by_time(row: dict[str, str] | None) -> tuple[str, str]:
    return ("", "") if row is None else (row["created"], row["pk"])


def _guarded(labels: tuple[str, ...], reader: Any, row: dict[str, str] | None, known: set[str]) -> Row:
    if row is None:
        return rejection(labels, "wrong_columns")
    try:
        return Row(labels, list(reader(row, known)))
    except Rejected as rejected:
        return rejection(labels, rejected.reason)


def _person(profile: str, known: set[str]) -> Iterator[Event]:
    """A profile is registered once, with the round's start as its time: the same event wherever it is met first."""
    if profile not in known:
        known.add(profile)
        data = {"party": profile, "kind": "person"}
        yield _event(f"{profile}:registered", "party.registered", data)


def _grant(row: dict[str, str], known: set[str]) -> list[Event]:
    campaign = identifier("grant-" + row["grant_id"])
    goal = max(1, cents(decimal(row["estimated_round_3_clr_match_usd"] or "0")))
    admin = identifier(row["admin_profile_name"])
    # The admin leads the list, then the team as written; each once.
    officers = [identifier(each) for each in dict.fromkeys([admin, *row["team"].split("|")]) if each]
    people = [each for officer in officers for each in _person(officer, known)]
    title = short(row["title"], campaign)
    issuer = {"party": campaign, "kind": "organisation", "name": title}
    opened = {
        "campaign": campaign, "kind": "donation", "issuer": campaign, "title": title, "goal": goal,
        "currency": "USD", "deadline": LAST_DAY, "funding": "keep_what_you_raise", "jurisdiction": "US",
    }  # fmt: skip
    relations = [
        _event(
            f"{campaign}:officer-{number}",
            "party.related",
            {"party": officer, "to": campaign, "relation": "officer"},
            role="admin" if officer == admin else "team",
        )
        for number, officer in enumerate(officers)
    ]
    source_texts = {
        "url": row["url"],
        "tags": row["tags"],
        "estimated_match_usd": row["estimated_round_3_clr_match_usd"],
        "received_usd_life": row.get("total_amount_received_usd_life"),
        "wallet": row.get("admin_address"),
    }
    return [
        *people,
        _event(f"{campaign}:registered", "party.registered", issuer),
        *relations,
        _event(f"{campaign}:opened", "campaign.opened", opened, **source_texts),
    ]


def _event(id: str, type: str, data: dict[str, Any], time: str = ROUND_FROM, /, **extra: str | None) -> Event:
    return event(SOURCE, id, type, time, data, **extra)


def _contribution(campaigns: Collection[str], row: dict[str, str], known: set[str]) -> list[Event]:
    if (campaign := "grant-" + row["grant_id"]) not in campaigns:
        raise Rejected("grant_unknown")
    pk, profile = identifier(row["pk"]), identifier(row["profile"])
    kind = pk.partition("-")[0]
    if kind not in ("c", "v"):
        raise Rejected("kind_unknown")
    time = moment(row["created"])
    made: dict[str, Any] = {
        "pledge": pk, "campaign": campaign, "investor": profile,
        "amount": positive_cents(decimal(row["value_usd"])), "currency": "USD",
    }  # fmt: skip
    if address := short(row["ip_address"]):
        made["channel"] = {"ip": address}
    source_texts = {name: row[name] for name in ("value_usd", "tx_id", "num_tx_approved")}
    phantom = "true" if kind == "v" else None
    events = [
        *_person(profile, known),
        _event(f"{pk}:made", "pledge.made", made, time, phantom=phantom, **source_texts),
    ]
    if kind == "c":
        events.append(_event(f"{pk}:collected", "pledge.collected", {"pledge": pk}, time))
    return events


def _collected(events: list[Event]) -> dict[str, int]:
    made = {each["data"]["pledge"]: each["data"] for each in events if each["type"] == "pledge.made"}
    paid = [made[each["data"]["pledge"]] for each in events if each["type"] == "pledge.collected"]
    return {data["campaign"]: data["amount"] for data in paid}


def _end(campaign: str, amount: int) -> list[Event]:
    closed = {"campaign": campaign, "outcome": "succeeded"}
    events = [_event(f"{campaign}:closed", "campaign.closed", closed, ROUND_CLOSED)]
    if amount:
        released = {"campaign": campaign, "amount": amount}
        events.append(_event(f"{campaign}:released", "funds.released", released, ROUND_CLOSED))
    return events
