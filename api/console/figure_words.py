"""Words of figures: those of the platform index, why one is not scored, and how late a loan is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.console.words import N_

INDEX_FIGURES: Final[Mapping[str, str]] = {
    "report_late_days": N_("Days the monthly report came late"),
    "custody_gap_bp": N_("Custody short of the books"),
    "severe_findings": N_("Alerts of high and critical severity"),
    "limit_breaches": N_("Breaches of legal limits"),
    "restricted": N_("Suspended (1) or closed (2)"),
    "sanctions": N_("Sanctions in force"),
    "months_unreported": N_("Months without a report, of the last three"),
    "highest_deviation_bp": N_("Rate above that of other platforms"),
    "rise_bp": N_("Rise of the rate"),
    "complaints_per_1000_investors": N_("Complaints per 1,000 investors"),
    "withdrawal_p95_seconds": N_("Seconds to pay a withdrawal (19 of 20)"),
    "withdrawals_rejected_bp": N_("Withdrawals rejected"),
    "fill_seconds": N_("Seconds to fill a loan"),
    "small_investors_bp": N_("Share of small investors"),
    "beyond_top_ten_investors_bp": N_("Money not of the ten largest investors"),
    "investors_per_borrower_milli": N_("Investors per borrower"),
    "new_money_bp": N_("Money of new investors"),
    "growth_bp": N_("Growth of the book"),
    "texts": N_("Texts that were read"),
}
INDEX_REASONS: Final[Mapping[str, str]] = {
    "not_reported": N_("not reported"),
    "shown_only": N_("not scored"),
    "too_few_peers": N_("too few platforms to compare"),
    "no_texts": N_("no texts"),
}
# How late a loan is, as supervisors age a book: days past due.
BUCKETS: Final[Mapping[str, str]] = {
    "current": N_("nothing late"),
    "1-30": N_("1 to 30 days"),
    "31-60": N_("31 to 60 days"),
    "61-90": N_("61 to 90 days"),
    "90+": N_("more than 90 days"),
}
