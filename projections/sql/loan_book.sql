-- A platform's loans with principal outstanding, or some of them by key, from view `loans`: read inside one snapshot
-- (snapshots.py).

-- name: count
SELECT count(*) FROM view_loans.loans WHERE scope = %(scope)s AND outstanding > 0 AND corrected_position IS NULL

-- name: running
SELECT key, currency, jurisdiction, status, amount, listed_annual_rate, listed_term_months, repayment, disbursed_day
FROM view_loans.loans
WHERE (%(scope)s::text IS NULL OR scope = %(scope)s) AND (%(keys)s::text[] IS NULL OR key = ANY (%(keys)s::text[]))
  AND outstanding > 0 AND corrected_position IS NULL
ORDER BY listed_position

-- name: payments
-- By day: within a day no order is known.
SELECT r.loan, r.day, sum(r.principal), sum(r.interest), sum(r.recovered)
FROM view_loans.repayments AS r
JOIN view_loans.loans AS l ON l.key = r.loan AND l.corrected_position IS NULL
WHERE (%(scope)s::text IS NULL OR l.scope = %(scope)s) AND (%(keys)s::text[] IS NULL OR l.key = ANY (%(keys)s::text[]))
  AND l.outstanding > 0 AND r.corrected_position IS NULL
GROUP BY r.loan, r.day

-- name: steps
SELECT s.key, s.step, s.day, s.term_months, s.annual_rate, s.given_up
FROM view_loans.steps AS s
JOIN view_loans.loans AS l ON l.key = s.key AND l.corrected_position IS NULL
WHERE (%(scope)s::text IS NULL OR l.scope = %(scope)s) AND (%(keys)s::text[] IS NULL OR l.key = ANY (%(keys)s::text[]))
  AND l.outstanding > 0 AND s.corrected_position IS NULL
  AND (s.step = 'restructured' OR s.given_up <> 0)
ORDER BY s.position

-- name: standing
-- All loans of a platform by status and currency.
SELECT currency, status, count(*), sum(amount) FROM view_loans.loans
WHERE scope = %(scope)s AND corrected_position IS NULL
GROUP BY currency, status ORDER BY currency, status
