"""Form C filings: one event each, on the platform of their intermediary, whatever order and state they come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ops.importers.base import Event, Row
from ops.importers.sec_form_c import SecFormC

Write = Callable[..., Path]

COLUMNS = (
    "QUARTER", "ACCESSION_NUMBER", "SUBMISSION_TYPE", "FILING_DATE", "CIK", "FILE_NUMBER", "PERIOD", "PROGRESSUPDATE",
    "NATUREOFAMENDMENT", "NAMEOFISSUER", "LEGALSTATUSFORM", "STATEORCOUNTRY", "COMPANYNAME", "COMMISSIONFILENUMBER",
    "SECURITYOFFEREDTYPE", "OFFERINGAMOUNT", "MAXIMUMOFFERINGAMOUNT", "DEADLINEDATE",
    "TOTALASSETMOSTRECENTFISCALYEAR", "TOTALASSETPRIORFISCALYEAR", "NETINCOMEMOSTRECENTFISCALYEAR",
)  # fmt: skip
OFFER = {
    "COMMISSIONFILENUMBER": "007-1",
    "COMPANYNAME": "Portal",
    "OFFERINGAMOUNT": "9998.800000000001",
    "MAXIMUMOFFERINGAMOUNT": "107000.0",
    "DEADLINEDATE": "2020-04-30",
    "SECURITYOFFEREDTYPE": "Common Stock",
}


def filing(form: str, date: str = "20200110", accession: str = "", **other: str) -> dict[str, str]:
    base = dict.fromkeys(COLUMNS, "") | {
        "QUARTER": "2020Q1",
        "ACCESSION_NUMBER": accession or f"{form.replace('/', '')}-{date}",
        "SUBMISSION_TYPE": form,
        "FILING_DATE": date,
        "CIK": "0001234567",
        "FILE_NUMBER": "020-1",
        "NAMEOFISSUER": "Issuer, Inc.",
        "STATEORCOUNTRY": "DE",
    }
    return base | (OFFER if form in {"C", "C/A", "C-U"} else {}) | other


@pytest.fixture
def rows(write_csv: Write) -> Callable[..., list[Row]]:
    def read(*filings: dict[str, str]) -> list[Row]:
        return list(SecFormC().read([write_csv("filings.csv.gz", filings)]))

    return read


def own(rows: Sequence[Row]) -> list[Event]:
    """Each filing's own event, without the registration of its issuer."""
    return [row.events[-1] for row in rows if row.events]


def kinds(rows: Sequence[Row]) -> list[str]:
    return [event["data"].get("category") or event["type"] for event in own(rows)]


def test_a_form_c_opens_a_campaign_on_its_intermediary(rows: Callable[..., list[Row]]) -> None:
    (row,) = rows(filing("C"))
    issuer, opened = row.events
    assert {issuer["source"], opened["source"]} == {"platform:sec-007-1"}
    assert issuer["data"] == {
        "party": "cik-0001234567",
        "kind": "organisation",
        "identity": {"scheme": "sec-cik", "number": "0001234567"},
        "name": "Issuer, Inc.",
        "country": "US",
        "region": "DE",
    }
    data = opened["data"]
    assert (data["campaign"], data["goal"], data["cap"], data["deadline"]) == (
        "020-1",
        999_880,
        10_700_000,
        "2020-04-30",
    )
    assert data["category"] == "common_stock"
    assert data["extra"]["target"] == "9998.800000000001"
    assert opened["time"] == "2020-01-10T12:00:00Z"


@pytest.mark.parametrize("maximum", ["", "100.0", "lots"])
def test_a_missing_or_impossible_maximum_is_no_cap(rows: Callable[..., list[Row]], maximum: str) -> None:
    (opened,) = own(rows(filing("C", MAXIMUMOFFERINGAMOUNT=maximum)))
    assert "cap" not in opened["data"]
    assert opened["data"]["extra"].get("maximum", "") == maximum


def test_a_deadline_before_the_filing_is_kept_as_filed(rows: Callable[..., list[Row]]) -> None:
    (opened,) = own(rows(filing("C", DEADLINEDATE="2019-12-31")))
    assert opened["data"]["deadline"] == "2019-12-31"


def test_filings_are_sorted_and_the_form_c_leads_its_day(rows: Callable[..., list[Row]]) -> None:
    amended = filing("C/A", "20200110", "0-early", NATUREOFAMENDMENT="Typo.")
    found = own(rows(filing("C-U", "20200301"), amended, filing("C")))
    assert [event["type"] for event in found] == ["campaign.opened", "campaign.amended", "disclosure.filed"]
    assert found[1]["data"]["note"] == "Typo."
    assert found[1]["data"]["material"] is True


def test_reports_go_to_the_platform_of_the_form_c(rows: Callable[..., list[Row]]) -> None:
    report = filing(
        "C-AR", "20210420", PERIOD="20201231", TOTALASSETMOSTRECENTFISCALYEAR="21311.56",
        TOTALASSETPRIORFISCALYEAR="7", NETINCOMEMOSTRECENTFISCALYEAR="-19304",
    )  # fmt: skip
    strayed = filing("C/A", "20200201", COMMISSIONFILENUMBER="007-2")
    found = own(rows(filing("C"), strayed, report))
    assert {event["source"] for event in found} == {"platform:sec-007-1"}
    assert found[1]["data"]["extra"]["intermediary"] == "007-2"
    assert found[2]["data"]["period"] == "2020-12-31"
    assert found[2]["data"]["figures"] == {
        "total_assets": 2_131_156,
        "total_assets_prior": 700,
        "net_income": -1_930_400,
    }
    assert found[2]["data"]["about"] == {"kind": "campaign", "id": "020-1"}


def test_an_amended_report_names_the_one_before(rows: Callable[..., list[Row]]) -> None:
    first = filing("C-AR", "20210420", "a-1", PERIOD="20201231")
    found = own(rows(filing("C"), first, filing("C-AR/A", "20210501", "a-2", PERIOD="20201231")))
    assert found[2]["data"]["amends"] == "a-1"
    other = own(rows(filing("C"), first, filing("C-AR/A", "20210501", "a-2", PERIOD="20191231")))
    assert "amends" not in other[2]["data"]


def test_a_withdrawn_offering_is_cancelled_once_and_later_filings_are_kept(rows: Callable[..., list[Row]]) -> None:
    found = rows(
        filing("C"), filing("C-W", "20200201"), filing("C/A", "20200202"), filing("C-W", "20200203"),
        filing("C-TR", "20200204"),
    )  # fmt: skip
    assert kinds(found) == [
        "common_stock", "campaign.closed", "offering_amendment", "offering_withdrawal", "termination",
    ]  # fmt: skip
    assert own(found)[1]["data"]["outcome"] == "cancelled"


def test_a_withdrawn_filing_is_corrected_where_only_one_can_be_meant(rows: Callable[..., list[Row]]) -> None:
    found = rows(
        filing("C"), filing("C-U", "20200201", "u-1"), filing("C-U-W", "20200202"), filing("C-U-W", "20200203")
    )
    assert kinds(found) == ["common_stock", "progress_update", "event.corrected", "withdrawal"]
    assert own(found)[2]["data"]["corrects"] == "u-1"


def test_a_withdrawn_amendment_brings_back_the_terms_before(rows: Callable[..., list[Row]]) -> None:
    amended = filing("C/A", "20200201", "a-1", DEADLINEDATE="2020-06-30", OFFERINGAMOUNT="20000")
    found = own(rows(filing("C"), amended, filing("C/A-W", "20200203"), filing("C/A-W", "20200204")))
    assert [event["type"] for event in found][1:] == ["campaign.amended", "campaign.amended", "disclosure.filed"]
    data = found[2]["data"]
    assert (data["goal"], data["deadline"], data["note"]) == (999_880, "2020-04-30", "Amendment a-1 was withdrawn.")


def test_which_amendment_is_withdrawn_is_not_guessed(rows: Callable[..., list[Row]]) -> None:
    two = filing("C/A", "20200201", "a-1"), filing("C/A", "20200202", "a-2")
    assert kinds(rows(filing("C"), *two, filing("C/A-W", "20200203")))[-1] == "withdrawal"


def test_an_amendment_that_is_withdrawn_with_the_offering_changes_nothing(rows: Callable[..., list[Row]]) -> None:
    later = filing("C-W", "20200202"), filing("C/A-W", "20200203")
    assert kinds(rows(filing("C"), filing("C/A", "20200201"), *later))[-1] == "withdrawal"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (filing("C", OFFERINGAMOUNT=""), "amount_unreadable"),
        (filing("C", OFFERINGAMOUNT="-5"), "amount_negative"),
        (filing("C", OFFERINGAMOUNT="0.001"), "amount_rounds_to_zero"),
        (filing("C", DEADLINEDATE="soon"), "deadline_unreadable"),
        (filing("C", "20201340"), "date_unreadable"),
        (filing("C", CIK="?"), "id_not_allowed"),
        (filing("C", FILE_NUMBER=""), "no_file_number"),
        (filing("C", COMMISSIONFILENUMBER=""), "no_intermediary"),
        (filing("D"), "form_unknown"),
    ],
)
def test_a_bad_filing_is_rejected_by_name_and_the_run_goes_on(
    rows: Callable[..., list[Row]], row: dict[str, str], reason: str
) -> None:
    found = rows(row, filing("C", accession="good", FILE_NUMBER="020-2"))
    assert sorted(str(each.rejected) for each in found) == sorted([reason, "None"])
    assert reason in SecFormC.reasons


def test_what_follows_a_rejected_form_c_is_rejected_too(rows: Callable[..., list[Row]]) -> None:
    found = rows(filing("C", OFFERINGAMOUNT="?"), filing("C/A", "20200201"))
    assert [each.rejected for each in found] == ["amount_unreadable", "offering_rejected"]


def test_an_offering_whose_form_c_is_elsewhere_is_still_sent(rows: Callable[..., list[Row]]) -> None:
    """The ledger parks it until the Form C arrives, or applies it where an earlier import brought it."""
    found = rows(filing("C/A", "20200201"), filing("C-W", "20200301"))
    assert kinds(found) == ["campaign.amended", "campaign.closed"]
    assert {event["source"] for event in own(found)} == {"platform:sec-007-1"}


def test_issuers_are_registered_once_on_each_platform(rows: Callable[..., list[Row]]) -> None:
    second = filing("C", "20200301", FILE_NUMBER="020-2", COMMISSIONFILENUMBER="007-2", CIK="001234567")
    third = filing("C", "20200401", FILE_NUMBER="020-3")
    found = [event for row in rows(filing("C"), second, third) for event in row.events]
    registered = [(event["source"], event["id"]) for event in found if event["type"] == "party.registered"]
    assert registered == [
        ("platform:sec-007-1", "cik-0001234567:registered"),
        ("platform:sec-007-2", "cik-0001234567:registered"),
    ]


def test_setup_names_each_intermediary_by_the_most_frequent_name_of_its_first_quarter(write_csv: Write) -> None:
    own_name = filing("C", "20200105", FILE_NUMBER="020-2", COMPANYNAME="Issuer, Inc.")
    later = [filing("C/A", f"202004{n}", COMPANYNAME="New Portal", QUARTER="2020Q2") for n in range(10, 15)]
    first = [filing("C"), filing("C/A", "20200201"), own_name]
    registered, licensed = SecFormC().setup([write_csv("filings.csv", [*later, *first])])
    assert registered["data"]["name"] == "Portal"
    assert registered["time"] == "2020-01-05T00:00:00Z"
    assert (registered["source"], licensed["data"]["licence"]) == ("registry", "007-1")
    assert SecFormC().setup([write_csv("early.csv", first)]) == [registered, licensed]


def test_a_later_quarter_changes_no_event_of_an_earlier_one(rows: Callable[..., list[Row]]) -> None:
    early = [filing("C"), filing("C-U", "20200201"), filing("C-AR", "20210401", PERIOD="20201231")]
    more = [filing("C-W", "20220101"), filing("C", "20220101", FILE_NUMBER="020-2", NAMEOFISSUER="Renamed, Inc.")]
    assert rows(*early, *more)[: len(early)] == rows(*early)


def test_a_short_line_counts_as_malformed(write_csv: Write) -> None:
    path = write_csv("filings.csv", [filing("C")])
    path.write_text(path.read_text() + "2020Q1,x\n")
    importer = SecFormC()
    sums = importer.totals()
    for row in importer.read([path]):
        sums.add(row)
    assert sums.result()["malformed_lines"] == {"wrong_columns": 1}
    assert sums.result()["rows"] == 2
