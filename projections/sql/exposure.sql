-- What people have at stake, over several views: read inside one snapshot (snapshots.py).

-- name: campaigns
-- By platform, kind of campaign and currency. `at_stake` is what was promised or paid and has not come back.
SELECT p.scope, c.kind, p.currency, count(*) AS contracts,
       coalesce(sum(p.amount) FILTER (WHERE p.status NOT IN ('cancelled', 'void', 'lapsed')), 0) AS committed,
       coalesce(sum(p.amount) FILTER (WHERE p.collected_position IS NOT NULL), 0) AS paid,
       coalesce(sum(p.refunded), 0) AS returned,
       coalesce(sum(p.amount - p.refunded) FILTER (WHERE p.status NOT IN ('cancelled', 'void', 'lapsed')), 0) AS at_stake
FROM view_pledges.pledges AS p
JOIN view_campaigns.campaigns AS c ON c.key = p.campaign AND c.corrected_position IS NULL
WHERE p.investor = ANY (%(parties)s) AND p.corrected_position IS NULL
GROUP BY p.scope, c.kind, p.currency
ORDER BY p.scope, c.kind, p.currency

-- name: loans
-- By platform and currency, as lender: open bids and claims held.
SELECT l.scope, 'lending' AS kind, l.currency, count(DISTINCT l.key) AS contracts,
       coalesce(sum(b.open) + sum(b.held), 0) AS committed, coalesce(sum(b.held), 0) AS paid, 0::numeric AS returned,
       coalesce(sum(b.open) + sum(b.held), 0) AS at_stake
FROM (
    SELECT loan, amount AS open, 0 AS held FROM view_loans.bids
    WHERE investor = ANY (%(parties)s) AND status = 'placed' AND corrected_position IS NULL
    UNION ALL
    SELECT loan, 0, amount FROM view_loans.claims WHERE holder = ANY (%(parties)s) AND amount <> 0
) AS b
JOIN view_loans.loans AS l ON l.key = b.loan AND l.corrected_position IS NULL
WHERE b.held <> 0 OR l.status = 'listed'  -- a bid of a disbursed loan is a claim by now, one of a lapsed loan is void
GROUP BY l.scope, l.currency
ORDER BY l.scope, l.currency

-- name: borrowed
-- By platform and currency, as borrower.
SELECT scope, 'borrower' AS kind, currency, count(*) AS contracts, coalesce(sum(amount), 0) AS committed,
       coalesce(sum(amount) FILTER (WHERE disbursed_position IS NOT NULL), 0) AS paid,
       coalesce(sum(principal_paid), 0) AS returned, coalesce(sum(outstanding), 0) AS at_stake
FROM view_loans.loans
WHERE borrower = ANY (%(parties)s) AND corrected_position IS NULL AND status <> 'lapsed'
GROUP BY scope, currency
ORDER BY scope, currency

-- name: counterparties
-- Who is on the other side: issuers of campaigns, borrowers of loans; the largest sums first.
SELECT other, currency, sum(amount) AS amount, count(*) AS contracts
FROM (
    SELECT c.issuer AS other, p.currency, (p.amount - p.refunded)::numeric AS amount
    FROM view_pledges.pledges AS p
    JOIN view_campaigns.campaigns AS c ON c.key = p.campaign AND c.corrected_position IS NULL
    WHERE p.investor = ANY (%(parties)s) AND p.corrected_position IS NULL
      AND p.status NOT IN ('cancelled', 'void', 'lapsed')
    UNION ALL
    SELECT l.borrower, l.currency, k.amount
    FROM view_loans.claims AS k
    JOIN view_loans.loans AS l ON l.key = k.loan AND l.corrected_position IS NULL
    WHERE k.holder = ANY (%(parties)s) AND k.amount <> 0
) AS both_sides
GROUP BY other, currency
ORDER BY amount DESC, other, currency LIMIT %(limit)s
