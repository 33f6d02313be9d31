-- What one event changed of figures that were reported before it was known. `position` is the event's own.

-- name: by_position
SELECT position, source, id, type, happened_at, recorded_at, body, postings, tags FROM events WHERE position = %(position)s

-- name: by_id
SELECT position, source, id, type, happened_at, recorded_at, body, postings, tags
FROM events WHERE source = %(source)s AND id = %(id)s

-- name: corrected
SELECT position, happened_at, body FROM events WHERE source = %(source)s AND id = %(id)s

-- name: figures
-- Balances at both ends of the period, without the event and with it.
SELECT account, currency,
       coalesce(sum(amount) FILTER (WHERE effective_at <= %(start)s AND position < %(position)s), 0) AS start_before,
       coalesce(sum(amount) FILTER (WHERE effective_at <= %(start)s), 0) AS start_after,
       coalesce(sum(amount) FILTER (WHERE effective_at <= %(end)s AND position < %(position)s), 0) AS end_before,
       coalesce(sum(amount) FILTER (WHERE effective_at <= %(end)s), 0) AS end_after
FROM view_balances.postings
WHERE account = ANY (%(accounts)s) AND position <= %(position)s
GROUP BY account, currency
ORDER BY account, currency

-- name: borrowers
-- Which of these parties borrow, what they are, and who else is the same person.
SELECT DISTINCT l.borrower AS key, p.kind, l.jurisdiction, coalesce(s.keys, ARRAY[p.key]) AS people
FROM view_loans.loans AS l
JOIN view_investors.parties AS p ON p.key = l.borrower AND p.corrected_position IS NULL
LEFT JOIN LATERAL (
    SELECT array_agg(key ORDER BY key) AS keys FROM view_investors.parties
    WHERE person = p.person AND corrected_position IS NULL
) AS s ON true
WHERE l.borrower = ANY (%(parties)s) AND l.listed_position <= %(position)s
ORDER BY l.borrower, l.jurisdiction

-- name: owed
-- What moved the principal that these parties owe, in order of valid time.
SELECT l.borrower, m.currency, m.effective_at, m.position, -m.amount AS change
FROM view_loans.loans AS l
JOIN view_balances.postings AS m ON m.account = 'principal/' || substr(l.key, 6) AND m.position > l.listed_position
WHERE l.borrower = ANY (%(parties)s) AND m.position <= %(position)s
  AND (l.corrected_position IS NULL OR l.corrected_position > %(position)s)
ORDER BY m.effective_at, m.position, l.borrower
