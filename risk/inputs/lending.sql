-- Inputs of rules: loans: what borrowers owe. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_debt
-- What borrowers owe, as changes: the amount when a loan was disbursed, minus the principal of each repayment.
-- What was written off is owed still. `disbursed` is the position of a disbursement, null for a repayment.
SELECT
    s.position, s.position AS disbursed, s.day, s.epoch, l.scope AS platform, l.key AS loan, l.borrower,
    b.kind AS borrower_kind, l.jurisdiction, l.currency, l.amount AS change
FROM view_loans.steps AS s
JOIN view_loans.loans AS l ON l.key = s.key
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN view_investors.parties AS b ON b.key = l.borrower
 AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
WHERE s.step = 'disbursed' AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s AND %(last_day)s
  AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
UNION ALL
SELECT r.position, NULL, r.day, r.epoch, l.scope, l.key, l.borrower, b.kind, l.jurisdiction, l.currency, - r.principal
FROM view_loans.repayments AS r
JOIN view_loans.loans AS l ON l.key = r.loan
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN view_investors.parties AS b ON b.key = l.borrower
 AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
  AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
