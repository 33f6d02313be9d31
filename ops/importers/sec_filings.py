"""One filing of the Form C family to events.

| form | event |
|---|---|
| C | campaign.opened: goal = target, cap = maximum; all or nothing, as Regulation Crowdfunding asks |
| C/A | campaign.amended, material; after a withdrawal of the offering disclosure.filed `offering_amendment` |
| C-U, C-TR | disclosure.filed `progress_update`, `termination` |
| C-AR, C-AR/A | disclosure.filed `annual_report`; an /A amends the report of that period before it |
| C-W | campaign.closed, cancelled; a second one disclosure.filed `offering_withdrawal` |
| C/A-W | campaign.amended back to the terms before (an amendment can't be reversed), where exactly one can be meant |
| other form-W | event.corrected, where exactly one filing can be meant |
| form-W of which filing | disclosure.filed `withdrawal`, where several can be meant, or none |

The amounts stay in `extra` as they were written. A maximum below the target contradicts itself: no cap is set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ops.importers.base import Event, Rejected, event
from ops.importers.parse import cents, day, decimal, identifier, positive_cents, short

FORMS = ("C", "C/A", "C-U", "C-AR", "C-AR/A", "C-TR", "C/A-W", "C-U-W", "C-AR-W", "C-TR-W", "C-W")
_DISCLOSURES = {
    "C-U": "progress_update", "C-AR": "annual_report", "C-AR/A": "annual_report", "C-TR": "termination",
}  # fmt: skip
_EXTRA = {
    "form": "SUBMISSION_TYPE",
    "file_number": "FILE_NUMBER",
    "cik": "CIK",
    "intermediary": "COMMISSIONFILENUMBER",
    "target": "OFFERINGAMOUNT",
    "maximum": "MAXIMUMOFFERINGAMOUNT",
    "price": "PRICE",
    "securities": "NOOFSECURITYOFFERED",
    "security": "SECURITYOFFEREDTYPE",
    "oversubscription": "OVERSUBSCRIPTIONACCEPTED",
    "compensation": "COMPENSATIONAMOUNT",
    "employees": "CURRENTEMPLOYEES",
    "progress_update": "PROGRESSUPDATE",
    "amendment": "NATUREOFAMENDMENT",
}
_YEARS = {"MOSTRECENTFISCALYEAR": "", "RECENTFISCALYEAR": "", "PRIORFISCALYEAR": "_prior"}
_BALANCE = {
    "TOTALASSET": "total_assets", "CASHEQUI": "cash", "ACTRECEIVED": "receivables", "SHORTTERMDEBT": "short_term_debt",
    "SHORTTERMDEBTM": "short_term_debt", "LONGTERMDEBT": "long_term_debt", "REVENUE": "revenue",
    "COSTGOODSSOLD": "cost_of_goods", "TAXPAID": "tax_paid", "NETINCOME": "net_income",
}  # fmt: skip
_STATES_TEXT = (  # and territories, by postal code
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA PR RI SC SD TN TX UT VT VA WA WV WI WY"
)
_STATES = frozenset(_STATES_TEXT.split())


class Filing(NamedTuple):
    """What every form has, read and checked."""

    form: str
    accession: str
    file_number: str
    issuer: str  # party id: the CIK with its leading zeros, however many the filing wrote
    filed: date
    row: Mapping[str, str]

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Filing:
        """The common fields of a row; raises Rejected."""
        if row["SUBMISSION_TYPE"] not in FORMS:
            raise Rejected("form_unknown")
        if not row["FILE_NUMBER"]:
            raise Rejected("no_file_number")
        if not row["CIK"].isdecimal():
            raise Rejected("id_not_allowed")
        accession, file_number = identifier(row["ACCESSION_NUMBER"]), identifier(row["FILE_NUMBER"])
        issuer = identifier(f"cik-{row['CIK'].lstrip('0').zfill(10)}")
        return cls(row["SUBMISSION_TYPE"], accession, file_number, issuer, day(row["FILING_DATE"]), row)

    @property
    def time(self) -> str:
        """Noon of the filing date: the data set knows the day only."""
        return f"{self.filed}T12:00:00Z"

    def extra(self) -> dict[str, str]:
        """Source texts that no field of the event takes, and those whose rounding would lose something."""
        return {name: self.row.get(column, "") for name, column in _EXTRA.items()}


class Offerings:
    """Turns filings into events, in order, remembering what later filings refer to."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = homes
        self._registered: set[tuple[str, str]] = set()
        self._withdrawn: set[str] = set()
        self._failed: set[str] = set()
        self._filed: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._terms: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)  # of each offering, the latest last

    def rejected(self, row: Mapping[str, str]) -> None:
        """Notes that an offering has no Form C that could be read, so that what follows is rejected, not parked."""
        if row["SUBMISSION_TYPE"] == "C":
            self._failed.add(row["FILE_NUMBER"])

    def events_of(self, filing: Filing) -> list[Event]:
        """The issuer's registration where this is its first filing on the platform, and the filing's own event."""
        if filing.file_number in self._failed:
            raise Rejected("offering_rejected")
        if not (home := self._homes.get(filing.file_number)):
            raise Rejected("no_intermediary")
        source = "platform:" + identifier(f"sec-{home}")
        own = self._event(source, filing)
        party = [] if (source, filing.issuer) in self._registered else [_issuer(source, filing)]
        self._registered.add((source, filing.issuer))
        return [*party, own]

    def _event(self, source: str, filing: Filing) -> Event:
        type, data = self._content(filing)
        return event(source, filing.accession, type, filing.time, data, **filing.extra())

    def _content(self, filing: Filing) -> tuple[str, dict[str, Any]]:
        form = filing.form
        if form == "C":
            self._terms[filing.file_number] = [_terms(filing)]
            return "campaign.opened", _opened(filing)
        if form == "C-W":
            return self._withdraw_offering(filing)
        if form.endswith("-W"):
            return self._withdraw_filing(filing)
        if form == "C/A" and filing.file_number not in self._withdrawn:
            content = "campaign.amended", _amended(filing, _terms(filing), filing.row["NATUREOFAMENDMENT"].strip())
            self._terms[filing.file_number].append(_terms(filing))
        else:
            content = "disclosure.filed", self._disclosure(filing)
        self._filed[filing.file_number, form, filing.row["PERIOD"]].append(filing.accession)
        return content

    def _withdraw_offering(self, filing: Filing) -> tuple[str, dict[str, Any]]:
        if filing.file_number in self._withdrawn:
            return "disclosure.filed", _document(filing, "offering_withdrawal")
        self._withdrawn.add(filing.file_number)
        return "campaign.closed", {"campaign": filing.file_number, "outcome": "cancelled"}

    def _withdraw_filing(self, filing: Filing) -> tuple[str, dict[str, Any]]:
        """A withdrawal names the form and the period, not the filing: it corrects only what cannot be mistaken."""
        form = filing.form.removesuffix("-W")
        candidates = self._filed[filing.file_number, form, filing.row["PERIOD"]]
        terms = self._terms[filing.file_number]
        if len(candidates) != 1 or (form == "C/A" and (len(terms) < 2 or filing.file_number in self._withdrawn)):
            return "disclosure.filed", _document(filing, "withdrawal")
        withdrawn = candidates.pop()
        if form == "C/A":
            terms.pop()
            return "campaign.amended", _amended(filing, terms[-1], f"Amendment {withdrawn} was withdrawn.")
        return "event.corrected", {"corrects": withdrawn, "reason": f"{filing.form} filed"}

    def _disclosure(self, filing: Filing) -> dict[str, Any]:
        data = _document(filing, _DISCLOSURES.get(filing.form, "offering_amendment"))
        if filing.row["PERIOD"]:
            data["period"] = str(day(filing.row["PERIOD"]))
        if figures := _figures(filing.row):
            data["figures"] = figures
        if filing.form == "C-AR/A":
            reports = self._filed[filing.file_number, "C-AR", filing.row["PERIOD"]]
            if reports:
                data["amends"] = reports[-1]
        return data


def _issuer(source: str, filing: Filing) -> Event:
    data: dict[str, Any] = {
        "party": filing.issuer, "kind": "organisation",
        "identity": {"scheme": "sec-cik", "number": filing.issuer.removeprefix("cik-")},
    }  # fmt: skip
    if name := short(filing.row["NAMEOFISSUER"]):
        data["name"] = name
    if (state := filing.row.get("STATEORCOUNTRY", "")) in _STATES:
        data |= {"country": "US", "region": state}
    legal, founded = filing.row.get("LEGALSTATUSFORM"), filing.row.get("DATEINCORPORATION")
    return event(
        source, f"{filing.issuer}:registered", "party.registered", filing.time, data, legal_form=legal, founded=founded
    )


def _terms(filing: Filing) -> dict[str, Any]:
    """Target, maximum and deadline, money in cents of USD."""
    target = decimal(filing.row["OFFERINGAMOUNT"])
    terms: dict[str, Any] = {"goal": positive_cents(target)}
    maximum = _maximum(filing.row["MAXIMUMOFFERINGAMOUNT"])
    if maximum >= target:
        terms["cap"] = cents(maximum)
    terms["deadline"] = str(day(filing.row["DEADLINEDATE"], "deadline_unreadable"))
    return terms


def _maximum(text: str) -> Decimal:
    """Zero where none was given or it can't be read: then the offering has no cap, and its text is in `extra`."""
    try:
        return decimal(text)
    except Rejected:
        return Decimal(0)


def _opened(filing: Filing) -> dict[str, Any]:
    data = {
        "campaign": filing.file_number, "kind": "equity", "issuer": filing.issuer,
        "title": short(filing.row["NAMEOFISSUER"], filing.file_number), **_terms(filing), "currency": "USD",
        "funding": "all_or_nothing", "jurisdiction": "US",
    }  # fmt: skip
    if security := short(filing.row["SECURITYOFFEREDTYPE"]):
        data["category"] = security.lower().replace(" ", "_")
    return data


def _amended(filing: Filing, terms: dict[str, Any], note: str) -> dict[str, Any]:
    data = {"campaign": filing.file_number, "material": True, **terms}
    return data | ({"note": short(note)} if note else {})


def _document(filing: Filing, category: str) -> dict[str, Any]:
    about = {"kind": "campaign", "id": filing.file_number}
    return {"disclosure": filing.accession, "about": about, "category": category}


def _figures(row: Mapping[str, str]) -> dict[str, int]:
    """Two years of the balance sheet in cents; a figure that can't be read is left out."""
    figures = {}
    for column, text in row.items():
        for ending, suffix in _YEARS.items():
            name = _BALANCE.get(column.removesuffix(ending))
            if column.endswith(ending) and name:
                with suppress(Rejected):
                    figures[name + suffix] = cents(decimal(text))
                break
    return figures
