-- How a platform's book of loans is shared out, at several moments: over the views `balances`, `loans` and `investors`.
--
-- `moment` is the number, from 0, of the first of `moments` (ascending) behind the movement; what is behind all is left
-- out. `party` is one key for all parties of a person, where an identity was known at position `known`.

-- name: people
-- The parties of one person are one: the first of their keys.
LEFT JOIN (
    SELECT key, min(key) OVER (PARTITION BY coalesce(person, key)) AS one FROM view_investors.parties
    WHERE scope = %(scope)s AND registered_position <= %(known)s
      AND (corrected_position IS NULL OR corrected_position > %(known)s)
) AS p

-- name: borrowers
SELECT m.currency, m.moment, coalesce(p.one, l.borrower) AS party, -sum(m.amount) AS amount
FROM (
    SELECT 'loan:' || substr(account, 11) AS loan, position, currency, amount,
           width_bucket(effective_at, %(moments)s::timestamptz[]) AS moment
    FROM view_balances.postings
    WHERE account ~>=~ ('principal/' || %(scope)s::text || '/') AND account ~<~ ('principal/' || %(scope)s::text || '0')
      AND position <= %(known)s
) AS m
JOIN view_loans.loans AS l ON l.key = m.loan AND l.listed_position < m.position
 AND (l.corrected_position IS NULL OR l.corrected_position > m.position)
-- include: people
ON p.key = l.borrower
WHERE m.moment < cardinality(%(moments)s::timestamptz[])
GROUP BY m.currency, m.moment, coalesce(p.one, l.borrower)
ORDER BY m.currency, m.moment, party

-- name: lenders
SELECT m.currency, m.moment, coalesce(p.one, m.holder) AS party, sum(m.amount) AS amount
FROM (
    SELECT 'party:' || %(scope)s::text || '/' || split_part(account, '/', 4) AS holder, currency, amount,
           width_bucket(effective_at, %(moments)s::timestamptz[]) AS moment
    FROM view_balances.postings
    WHERE account ~>=~ ('claim/' || %(scope)s::text || '/') AND account ~<~ ('claim/' || %(scope)s::text || '0')
      AND position <= %(known)s
) AS m
-- include: people
ON p.key = m.holder
WHERE m.moment < cardinality(%(moments)s::timestamptz[])
GROUP BY m.currency, m.moment, coalesce(p.one, m.holder)
ORDER BY m.currency, m.moment, party
