"""SEC Form C filings: equity offerings under Regulation Crowdfunding, reported by the intermediary each runs on.

* Every intermediary is a platform of its own, `platform:sec-007-00033` for commission file number 007-00033, so that
  limits, licences and scorecards are per portal. An offering belongs to the intermediary of its Form C; later filings
  go there too, whatever they name (annual reports name none; what they named is in `extra.intermediary`).
* The offering is campaign FILE_NUMBER, the issuer party `cik-N`, and each filing one event with the accession number as
  its id (`sec_filings` has the mapping by form). Filings are sent in order of filing date.
* The event time is noon UTC of the filing date, the only time the data set has.
* `files` may be several quarters; import a later quarter together with the earlier ones (a second import of the same
  filings only gives duplicates), because annual reports find their platform through the Form C.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from ops.importers import files
from ops.importers.base import Event, Rejected, Row, registered, rejection
from ops.importers.parse import day, identifier, short
from ops.importers.sec_filings import FORMS, Filing, Offerings
from ops.importers.sec_totals import SecTotals

_COLUMNS = (
    "QUARTER", "ACCESSION_NUMBER", "SUBMISSION_TYPE", "FILING_DATE", "CIK", "FILE_NUMBER", "PERIOD", "PROGRESSUPDATE",
    "NATUREOFAMENDMENT", "NAMEOFISSUER", "COMPANYNAME", "COMMISSIONFILENUMBER", "SECURITYOFFEREDTYPE",
    "OFFERINGAMOUNT", "MAXIMUMOFFERINGAMOUNT", "DEADLINEDATE",
)  # fmt: skip
_ORDER = {form: position for position, form in enumerate(FORMS)}  # a Form C comes before what refers to it


class SecFormC:
    """Reads the joined filings, one file or one per quarter. `Row.labels` are form, quarter and accession number."""

    name = "sec-form-c"
    wants = "filings.csv.gz of the SEC's crowdfunding data sets (one file or one per quarter), or their folder"
    suffixes = files.CSV_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = {
        "amount_unreadable": "the target of the offering is missing or is not a decimal number",
        "amount_negative": "the target is below zero",
        "amount_rounds_to_zero": "the target is under half a cent",
        "date_unreadable": "the filing date is not a date",
        "deadline_unreadable": "the deadline is missing or is not a date",
        "form_unknown": "the submission type is none of Form C's",
        "id_not_allowed": "an accession, file or CIK number is no identifier",
        "no_file_number": "the filing names no offering",
        "no_intermediary": "neither this filing nor any other of its offering names an intermediary",
        "offering_rejected": "the Form C of this offering was rejected, so nothing can follow it",
        "wrong_columns": "the line has fewer or more cells than the header",
    }

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """Each intermediary, registered and licensed for equity on the day of its first filing.

        Names are dirty: issuers put their own there. The most frequent one of the intermediary's first quarter is
        taken, which later quarters do not change.
        """
        rows = [row for row in _filings(paths) if row is not None]
        homes = _homes(rows)
        own: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        for row in rows:
            if home := homes.get(row["FILE_NUMBER"]):
                own[home].append(row)
        return [each for home in sorted(own) for each in _platform(home, own[home])]

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """All filings by date; within a day the Form C first."""
        rows = _filings(paths)
        offerings = Offerings(_homes(row for row in rows if row is not None))
        for row in sorted(rows, key=_when):
            if row is None:
                yield rejection(("", "", ""), "wrong_columns")
                continue
            labels = (row["SUBMISSION_TYPE"], row["QUARTER"], row["ACCESSION_NUMBER"])
            try:
                yield Row(labels, offerings.events_of(Filing.read(row)))
            except Rejected as rejected:
                offerings.rejected(row)
                yield rejection(labels, rejected.reason)

    def totals(self) -> SecTotals:
        """Counts by form and quarter, and the sums of targets and maxima."""
        return SecTotals()


def _filings(paths: Sequence[Path]) -> list[dict[str, str] | None]:
    found = files.with_columns(files.expand(paths, SecFormC.suffixes), _COLUMNS, "a list of Form C filings")
    return [row for path in found for row in files.rows(path)]


def _when(row: dict[str, str] | None) -> tuple[str, int, str]:
    if row is None:
        return ("", 0, "")
    return (row["FILING_DATE"], _ORDER.get(row["SUBMISSION_TYPE"], len(_ORDER)), row["ACCESSION_NUMBER"])


def _homes(rows: Iterable[dict[str, str]]) -> dict[str, str]:
    """The intermediary of each offering: that of its Form C, else of the first filing that names one."""
    homes: dict[str, str] = {}
    ordered = sorted(rows, key=lambda row: (row["SUBMISSION_TYPE"] != "C", *_when(row)))
    for row in ordered:
        if row["COMMISSIONFILENUMBER"]:
            homes.setdefault(row["FILE_NUMBER"], row["COMMISSIONFILENUMBER"])
    return homes


def _platform(number: str, filings: list[dict[str, str]]) -> list[Event]:
    since, quarter = min((row["FILING_DATE"], row["QUARTER"]) for row in filings)
    names = Counter(
        short(row["COMPANYNAME"])
        for row in filings
        if row["QUARTER"] == quarter and row["COMMISSIONFILENUMBER"] == number and short(row["COMPANYNAME"])
    )
    name = min(names, key=lambda each: (-names[each], each), default=number)
    try:
        platform, date = identifier(f"sec-{number}"), day(since)
    except Rejected:
        return []  # its filings are rejected for the same reason, one by one
    return registered(platform, name, ["equity"], f"{date}T00:00:00Z", licence=number)
