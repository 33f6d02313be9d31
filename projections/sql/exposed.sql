-- What people had at stake as of two times, over several views: read inside one snapshot (snapshots.py).
--
-- What had happened by `at` and stood at position `known`: recorded by then, and not corrected by then. Rows are by
-- platform, kind, currency, the other side and the campaign or loan; `live` counts the contracts in which something was at stake, `certain` is
-- the part of it that is no mere offer.

-- name: people
-- The parties that were known at position `known` to be the same person as this one, itself first where it was known.
SELECT p.key
FROM view_investors.parties AS given
JOIN view_investors.parties AS p
    ON (p.key = given.key OR p.person = given.person) AND p.registered_position <= %(known)s
    AND (p.corrected_position IS NULL OR p.corrected_position > %(known)s)
WHERE given.key = %(key)s AND given.registered_position <= %(known)s
  AND (given.corrected_position IS NULL OR given.corrected_position > %(known)s)
ORDER BY p.key <> given.key, p.registered_position

-- name: pledged
SELECT p.scope, c.kind, p.currency, c.issuer AS other, c.key AS contract, count(*) AS contracts, count(*) FILTER (WHERE e.live) AS live,
       coalesce(sum(p.amount) FILTER (WHERE e.live), 0) AS committed,
       coalesce(sum(p.amount) FILTER (WHERE s.collected), 0) AS paid,
       coalesce(sum(s.refunded), 0) AS returned,
       coalesce(sum(p.amount - s.refunded) FILTER (WHERE e.live), 0) AS at_stake,
       coalesce(sum(p.amount - s.refunded) FILTER (WHERE e.live), 0) AS certain
FROM view_pledges.pledges AS p
JOIN view_campaigns.campaigns AS c
    ON c.key = p.campaign AND c.opened_position <= %(known)s
    AND (c.corrected_position IS NULL OR c.corrected_position > %(known)s)
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(step = 'collected'), false) AS collected,
           coalesce(bool_or(step = 'cancelled'), false) AS cancelled,
           coalesce(sum(amount) FILTER (WHERE step = 'refunded'), 0) AS refunded
    FROM view_pledges.steps
    -- An id whose pledge was taken back may have been used again: only what came after this one's making.
    WHERE key = p.key AND position > p.made_position AND position <= %(known)s AND happened_at <= %(at)s
      AND (corrected_position IS NULL OR corrected_position > %(known)s)
) AS s
-- A promise that its campaign's end, or a change that was not reconfirmed, had ended is at stake no more.
CROSS JOIN LATERAL (
    SELECT NOT s.cancelled AND (s.collected OR NOT EXISTS (
        SELECT FROM view_pledges.ends AS x
        WHERE x.campaign = p.campaign AND x.position > c.opened_position AND x.position <= %(known)s AND x.at <= %(at)s
          AND (x.corrected_position IS NULL OR x.corrected_position > %(known)s)
          AND (x.kind = 'void' OR p.happened_at < x.amended_at AND NOT EXISTS (
              SELECT FROM view_pledges.steps AS r
              WHERE r.key = p.key AND r.position > p.made_position AND r.position <= %(known)s
                AND r.step = 'reconfirmed' AND r.happened_at BETWEEN x.amended_at AND least(x.reconfirm_by, %(at)s)
                AND (r.corrected_position IS NULL OR r.corrected_position > %(known)s)))
    )) AS live
) AS e
WHERE p.investor = ANY (%(parties)s) AND p.made_position <= %(known)s AND p.happened_at <= %(at)s
  AND (p.corrected_position IS NULL OR p.corrected_position > %(known)s)
GROUP BY p.scope, c.kind, p.currency, c.issuer, c.key
ORDER BY p.scope, c.kind, p.currency, c.issuer, c.key

-- name: lent
-- Open bids of loans that were listed, and claims. A claim is what the recorded postings of its account add up to.
WITH offered AS (
    SELECT b.loan, sum(b.amount) AS open
    FROM view_loans.bids AS b
    WHERE b.investor = ANY (%(parties)s) AND b.placed_position <= %(known)s AND b.happened_at <= %(at)s
      AND (b.corrected_position IS NULL OR b.corrected_position > %(known)s)
      -- The view forgets a withdrawal that was taken back; the log doesn't.
      AND NOT EXISTS (
        SELECT FROM events AS w
        WHERE w.tags @> ARRAY[b.key] AND w.type = 'bid.withdrawn' AND w.happened_at <= %(at)s
          AND w.position > b.placed_position AND w.position <= %(known)s
          AND NOT EXISTS (
            SELECT FROM events AS x
            WHERE x.tags @> ARRAY[b.key] AND x.type = 'event.corrected' AND x.position <= %(known)s
              AND convert_from(x.body, 'UTF8')::json -> 'data' ->> 'corrects' = w.id
          )
      )
    GROUP BY b.loan
), held AS (
    SELECT k.loan, sum(m.amount) AS held
    FROM view_loans.claims AS k
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS amount
        FROM view_balances.postings
        WHERE account = 'claim/' || substr(k.loan, 6) || '/' || split_part(k.holder, '/', 2) AND currency = k.currency
          AND position <= %(known)s AND effective_at <= %(at)s
    ) AS m
    WHERE k.holder = ANY (%(parties)s)
    GROUP BY k.loan
), stakes AS (
    SELECT loan, coalesce(open, 0) AS open, coalesce(held, 0) AS held FROM offered FULL JOIN held USING (loan)
)
SELECT l.scope, 'lending' AS kind, l.currency, l.borrower AS other, l.key AS contract, count(*) AS contracts,
       count(*) FILTER (WHERE b.held <> 0) AS live, sum(b.held + o.open) AS committed, sum(b.held) AS paid, 0::numeric AS returned,
       sum(b.held + o.open) AS at_stake, sum(b.held) AS certain
FROM stakes AS b
JOIN view_loans.loans AS l
    ON l.key = b.loan AND l.listed_position <= %(known)s
    AND (l.corrected_position IS NULL OR l.corrected_position > %(known)s)
-- A bid of a disbursed loan is a claim by then, one of a lapsed loan is void.
CROSS JOIN LATERAL (
    SELECT CASE WHEN EXISTS (
        SELECT FROM view_loans.steps
        WHERE key = l.key AND step IN ('disbursed', 'lapsed') AND position > l.listed_position
          AND position <= %(known)s AND happened_at <= %(at)s
          AND (corrected_position IS NULL OR corrected_position > %(known)s)
    ) THEN 0 ELSE b.open END AS open
) AS o
WHERE b.held <> 0 OR o.open <> 0
GROUP BY l.scope, l.currency, l.borrower, l.key
ORDER BY l.scope, l.currency, l.borrower, l.key

-- name: borrowed
SELECT l.scope, 'borrower' AS kind, l.currency, NULL::text AS other, l.key AS contract, count(*) AS contracts, 0::bigint AS live,
       sum(l.amount) AS committed, coalesce(sum(l.amount) FILTER (WHERE s.disbursed), 0) AS paid,
       sum(r.principal) AS returned, sum(p.outstanding) AS at_stake, 0::numeric AS certain
FROM view_loans.loans AS l
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(step = 'disbursed'), false) AS disbursed, coalesce(bool_or(step = 'lapsed'), false) AS lapsed
    FROM view_loans.steps
    WHERE key = l.key AND position > l.listed_position AND position <= %(known)s AND happened_at <= %(at)s
      AND (corrected_position IS NULL OR corrected_position > %(known)s)
) AS s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(principal), 0) AS principal
    FROM view_loans.repayments
    WHERE loan = l.key AND position > l.listed_position AND position <= %(known)s AND happened_at <= %(at)s
      AND (corrected_position IS NULL OR corrected_position > %(known)s)
) AS r
CROSS JOIN LATERAL (
    SELECT coalesce(-sum(amount), 0) AS outstanding
    FROM view_balances.postings
    WHERE account = 'principal/' || substr(l.key, 6) AND position > l.listed_position AND position <= %(known)s
      AND effective_at <= %(at)s
) AS p
WHERE l.borrower = ANY (%(parties)s) AND l.listed_position <= %(known)s AND l.listed_at <= %(at)s
  AND (l.corrected_position IS NULL OR l.corrected_position > %(known)s) AND NOT s.lapsed
GROUP BY l.scope, l.currency, l.key
ORDER BY l.scope, l.currency, l.key

-- name: accounts
-- Waiting cash, and promises that are not collected, of each party: what the recorded postings add up to.
SELECT split_part(account, '/', 2) AS scope, currency,
       coalesce(sum(amount) FILTER (WHERE account LIKE 'cash/%%'), 0) AS cash,
       coalesce(sum(amount) FILTER (WHERE account LIKE 'receivable/%%'), 0) AS receivable
FROM view_balances.postings
WHERE account = ANY (%(accounts)s) AND position <= %(known)s AND effective_at <= %(at)s
GROUP BY scope, currency
ORDER BY scope, currency
