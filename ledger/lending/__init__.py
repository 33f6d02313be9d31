"""Loans by the calendar: schedules, arrears, accrued interest, effective rates. Pure: terms, facts and a day go in."""
