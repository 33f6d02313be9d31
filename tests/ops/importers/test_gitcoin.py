"""Gitcoin: campaigns with their officers, contributions, phantom money, and the figures over all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.importers.base import Event, ImportProblem
from ops.importers.gitcoin import Gitcoin

Read = Callable[..., list[Event]]


def grant(number: int = 7, admin: str = "ann", team: str = "ann", match: str = "12.345") -> dict[str, Any]:
    return {
        "grant_id": number,
        "title": f"Grant {number}",
        "url": f"/grants/{number}",
        "tags": "All",
        "admin_profile_name": admin,
        "estimated_round_3_clr_match_usd": match,
        "team": team,
    }


def contribution(pk: str = "c-1", value: str = "10", profile: str = "bob", **other: Any) -> dict[str, Any]:
    return {
        "grant_id": 7,
        "grant_title": "Grant 7",
        "pk": pk,
        "created": "2019-09-20T10:00:00Z",
        "value_usd": value,
        "profile": profile,
        "ip_address": "ip-1",
        "num_tx_approved": "0",
        "tx_id": "0xabc",
    } | other


@pytest.fixture
def round_of(write_csv: Callable[..., Path]) -> Callable[..., Path]:
    """A folder with the two files of a round."""

    def write(contributions: list[dict[str, Any]], grants: list[dict[str, Any]] | None = None) -> Path:
        write_csv("round/grants.csv", grants or [grant()])
        return write_csv("round/contributions.csv", contributions).parent

    return write


def of_type(events: list[Event], type: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"] == type]


def totals(folder: Path) -> dict[str, Any]:
    importer = Gitcoin()
    sums = importer.totals()
    for row in importer.read([folder]):
        sums.add(row)
    return sums.result()


def test_a_grant_is_an_organisation_with_officers_and_a_campaign(round_of: Callable[..., Path], read: Read) -> None:
    events = read(Gitcoin(), round_of([contribution()], [grant(team="ann|cem|")]))
    (opened,) = of_type(events, "campaign.opened")
    assert (opened["campaign"], opened["issuer"], opened["goal"]) == ("grant-7", "grant-7", 1235)
    assert opened["extra"]["estimated_match_usd"] == "12.345"
    related = of_type(events, "party.related")
    assert [(each["party"], each["to"], each["extra"]["role"]) for each in related] == [
        ("ann", "grant-7", "admin"),
        ("cem", "grant-7", "team"),
    ]
    assert [each["party"] for each in of_type(events, "party.registered")] == ["ann", "cem", "grant-7", "bob"]


def test_a_grant_without_a_match_has_the_smallest_goal(round_of: Callable[..., Path], read: Read) -> None:
    (opened,) = of_type(read(Gitcoin(), round_of([contribution()], [grant(match="0")])), "campaign.opened")
    assert opened["goal"] == 1


def test_a_contribution_is_pledged_collected_and_released_at_the_end(round_of: Callable[..., Path], read: Read) -> None:
    events = read(Gitcoin(), round_of([contribution("c-1", "9.9837617171286"), contribution("c-2", "0.5")]))
    made = of_type(events, "pledge.made")
    assert [(each["amount"], each["extra"]["value_usd"]) for each in made] == [(998, "9.9837617171286"), (50, "0.5")]
    assert made[0]["channel"] == {"ip": "ip-1"}
    assert [each["pledge"] for each in of_type(events, "pledge.collected")] == ["c-1", "c-2"]
    assert [event["type"] for event in events[-2:]] == ["campaign.closed", "funds.released"]
    assert events[-1]["data"]["amount"] == 1048


def test_phantom_money_is_pledged_but_never_collected(round_of: Callable[..., Path], read: Read) -> None:
    events = read(Gitcoin(), round_of([contribution("v-1", "0.27777777777778")]))
    (made,) = of_type(events, "pledge.made")
    assert (made["amount"], made["extra"]["phantom"], made["investor"]) == (28, "true", "bob")
    assert not of_type(events, "pledge.collected")
    assert not of_type(events, "funds.released")


def test_a_contribution_without_an_address_has_no_channel(round_of: Callable[..., Path], read: Read) -> None:
    (made,) = of_type(read(Gitcoin(), round_of([contribution(ip_address="")])), "pledge.made")
    assert "channel" not in made


def test_contributions_come_in_order_of_time(round_of: Callable[..., Path], read: Read) -> None:
    late, early = contribution("c-1", created="2019-09-21T00:00:00Z"), contribution("c-2")
    assert [each["pledge"] for each in of_type(read(Gitcoin(), round_of([late, early])), "pledge.made")] == [
        "c-2",
        "c-1",
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (contribution(value="0"), "amount_rounds_to_zero"),
        (contribution(value="-3"), "amount_negative"),
        (contribution(value="ten"), "amount_unreadable"),
        (contribution(profile="not an id"), "id_not_allowed"),
        (contribution(pk="x-1"), "kind_unknown"),
        (contribution(grant_id=8), "grant_unknown"),
        (contribution(created="yesterday"), "time_unreadable"),
    ],
)
def test_a_bad_row_is_rejected_by_name_and_the_others_go_on(
    round_of: Callable[..., Path], row: dict[str, Any], reason: str
) -> None:
    rows = [each for each in Gitcoin().read([round_of([row, contribution("c-9")])]) if each.counted]
    assert sorted(str(each.rejected) for each in rows) == sorted([reason, "None"])
    assert reason in Gitcoin.reasons


def test_a_short_line_is_rejected(round_of: Callable[..., Path]) -> None:
    folder = round_of([contribution()])
    with (folder / "contributions.csv").open("a") as file:
        file.write("7,Grant 7,c-2\n")
    assert [each.rejected for each in Gitcoin().read([folder]) if each.counted] == ["wrong_columns", None]


def test_ids_and_contents_come_from_the_rows_alone(round_of: Callable[..., Path], read: Read) -> None:
    few = {event["id"]: event for event in read(Gitcoin(), round_of([contribution("c-1")]))}
    more = {event["id"]: event for event in read(Gitcoin(), round_of([contribution("c-0"), contribution("c-1")]))}
    changed = {id for id in few if few[id] != more[id]}
    assert changed == {"grant-7:released"}  # the sum over the round


def test_figures_find_shared_addresses_self_dealing_and_twins(round_of: Callable[..., Path]) -> None:
    numbers = range(1, 12)
    grants = [grant(number, admin=f"admin-{number}", team=f"admin-{number}|helper-{number}") for number in numbers]
    picks = [
        contribution(f"c-{who}-{number}", profile=who, grant_id=number, ip_address=f"ip-{who}")
        for who in ("dee", "eve")
        for number in numbers
    ]
    own = [
        contribution("c-admin", profile="admin-3", grant_id=3, ip_address="ip-dee"),
        contribution("c-helper", profile="helper-4", grant_id=4, ip_address=""),
        contribution("c-stranger", profile="helper-4", grant_id=5, ip_address="ip-helper"),
        contribution("v-1", value="1.25", profile="fay", grant_id=4, ip_address=""),
    ]
    found = totals(round_of(picks + own, grants))
    assert sorted(found["self_dealing_pks"]) == ["c-admin", "c-helper"]
    assert found["profile_pairs_sharing_more_than_10_grants"] == 1
    # The empty address counts as one, as in the published figures.
    assert (found["shared_ips_all_rows"], found["profiles_on_shared_ips_all_rows"]) == (2, 4)
    assert (found["shared_ips_c_rows"], found["profiles_on_shared_ips_c_rows"]) == (1, 2)
    assert (found["sum_usd_v"], found["sum_usd_by_grant_c"]["4"], found["rows"]) == ("1.25", "30", 26)


def test_without_its_grants_the_round_can_not_be_read(write_csv: Callable[..., Path]) -> None:
    with pytest.raises(ImportProblem, match="is a list of grants"):
        list(Gitcoin().read([write_csv("contributions.csv", [contribution()])]))
