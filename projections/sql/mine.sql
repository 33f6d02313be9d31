-- What one person has, over several views: read inside one snapshot (snapshots.py).
--
-- Escrow is the campaign's, not the pledge's. A pledge's part of what is held, was released or went in fees is that of its
-- money among all that was collected and not refunded, rounded down to the minor unit; what is left by rounding counts as fees.

-- name: shares
-- The part of pledge `p` in the money of its campaign `c`.
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.collected_position IS NULL THEN 0 ELSE p.amount END AS collected,
           CASE WHEN p.collected_position IS NULL THEN 0 ELSE p.amount - p.refunded END AS net,
           CASE WHEN p.collected_position IS NULL OR p.ended_position IS NULL THEN 0 ELSE p.amount - p.refunded END AS refund_due
) AS m
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.net > 0 THEN div(c.escrow * m.net, c.collected - c.refunded) ELSE 0 END AS in_escrow,
           CASE WHEN m.net > 0 THEN div(c.released * m.net, c.collected - c.refunded) ELSE 0 END AS released
) AS s

-- name: pledges
-- Newest first. Each party has an index range of its own, so that a page costs the same however many there are.
SELECT p.key, p.scope, p.pledge, p.investor AS party, p.campaign, c.campaign AS campaign_id, c.title, c.kind,
       c.status AS campaign_status, c.deadline, c.closed_at, c.funding, c.delivered, c.issuer, f.name AS platform_name,
       f.status AS platform_status, p.amount, p.currency, p.status, p.made_position AS position, p.happened_at AS made_at,
       p.retry_at, m.collected, p.refunded, m.refund_due, s.in_escrow, s.released,
       m.net - s.in_escrow - s.released AS fees
FROM unnest(%(parties)s::text[]) AS hers (party)
CROSS JOIN LATERAL (
    SELECT * FROM view_pledges.pledges AS own
    WHERE own.investor = hers.party AND own.made_position < %(before)s AND own.corrected_position IS NULL
      AND (%(key)s::text IS NULL OR own.key = %(key)s)
    ORDER BY own.made_position DESC LIMIT %(limit)s
) AS p
JOIN view_campaigns.campaigns AS c ON c.key = p.campaign AND c.corrected_position IS NULL
JOIN view_platforms.platforms AS f ON f.platform = p.scope
-- include: shares
ORDER BY position DESC LIMIT %(limit)s

-- name: sums
-- By currency, over all her pledges; each part as `pledges` has it.
SELECT p.currency, count(*) AS pledges, coalesce(sum(p.amount) FILTER (WHERE p.status = 'pledged'), 0) AS promised,
       sum(m.collected) AS collected, sum(p.refunded) AS refunded, sum(m.refund_due) AS refund_due,
       sum(s.in_escrow) AS in_escrow, sum(s.released) AS released, sum(m.net - s.in_escrow - s.released) AS fees
FROM view_pledges.pledges AS p
JOIN view_campaigns.campaigns AS c ON c.key = p.campaign AND c.corrected_position IS NULL
-- include: shares
WHERE p.investor = ANY (%(parties)s) AND p.corrected_position IS NULL
GROUP BY p.currency ORDER BY p.currency

-- name: pledge_story
-- What happened to a pledge, and since then to its campaign; in the order in which it happened.
WITH p AS (
    SELECT * FROM view_pledges.pledges WHERE key = %(key)s AND corrected_position IS NULL
)
SELECT position, happened_at, what, amount, said, corrected_position
FROM (
    SELECT made_position AS position, happened_at, 'made' AS what, amount, NULL::text AS said, NULL::bigint AS corrected_position
    FROM p
    UNION ALL
    SELECT s.position, s.happened_at, s.step, s.amount, s.reason, s.corrected_position
    FROM p JOIN view_pledges.steps AS s ON s.key = p.key AND s.position > p.made_position
    UNION ALL
    SELECT e.position, e.at, e.kind, NULL, NULL, e.corrected_position
    FROM p JOIN view_pledges.ends AS e ON e.position = p.ended_position AND e.kind = 'lapsed'
    UNION ALL
    SELECT m.position, m.happened_at, m.step, NULL, m.outcome, m.corrected_position
    FROM p JOIN view_campaigns.milestones AS m ON m.key = p.campaign AND m.happened_at >= p.happened_at
    UNION ALL
    SELECT t.position, t.happened_at, CASE WHEN t.material THEN 'changed' ELSE 'amended' END, NULL, NULL, t.corrected_position
    FROM p JOIN view_campaigns.terms AS t ON t.key = p.campaign AND t.amendment > 0 AND t.happened_at >= p.happened_at
    UNION ALL
    SELECT r.position, r.happened_at, 'released', r.amount, NULL, r.corrected_position
    FROM p JOIN view_campaigns.releases AS r ON r.key = p.campaign AND r.happened_at >= p.happened_at
    UNION ALL
    SELECT r.position, r.happened_at, 'returned', r.amount, NULL, r.corrected_position
    FROM p JOIN view_campaigns.returns AS r ON r.key = p.campaign AND r.happened_at >= p.happened_at
) AS story
ORDER BY happened_at, position LIMIT %(limit)s

-- name: loans
-- Loans in which she bid, or held a part. Newest listing first; a person may be two parties of one platform.
WITH hers AS (
    SELECT loan, investor AS party FROM view_loans.bids
    WHERE investor = ANY (%(parties)s) AND corrected_position IS NULL
    UNION
    SELECT loan, holder FROM view_loans.claims WHERE holder = ANY (%(parties)s)
), page AS (
    SELECT l.*, h.party
    FROM hers AS h JOIN view_loans.loans AS l ON l.key = h.loan AND l.corrected_position IS NULL
    WHERE (l.listed_position, h.party) < (%(before)s, %(before_party)s) AND (%(key)s::text IS NULL OR l.key = %(key)s)
    ORDER BY l.listed_position DESC, h.party DESC LIMIT %(limit)s
)
SELECT l.key, l.scope, l.loan, l.party, l.borrower, f.name AS platform_name, f.status AS platform_status, l.purpose, l.currency,
       l.jurisdiction, l.amount, l.annual_rate, l.listed_annual_rate, l.term_months, l.listed_term_months, l.repayment,
       l.listed_at, l.raise_until, l.status, l.disbursed_at, l.disbursed_day, l.defaulted_day, l.settled_day,
       l.outstanding AS loan_outstanding, l.listed_position AS position, b.bid, b.withdrawn,
       coalesce((SELECT amount FROM view_loans.claims AS k WHERE k.loan = l.key AND k.holder = l.party), 0) AS outstanding,
       t.bought, t.sold, t.paid, t.got
FROM page AS l
JOIN view_platforms.platforms AS f ON f.platform = l.scope
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE status = 'placed'), 0) AS bid,
           coalesce(sum(amount) FILTER (WHERE status = 'withdrawn'), 0) AS withdrawn
    FROM view_loans.bids WHERE loan = l.key AND investor = l.party AND corrected_position IS NULL
) AS b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(principal) FILTER (WHERE buyer = l.party), 0) AS bought,
           coalesce(sum(principal) FILTER (WHERE seller = l.party), 0) AS sold,
           coalesce(sum(price) FILTER (WHERE buyer = l.party), 0) AS paid,
           coalesce(sum(price) FILTER (WHERE seller = l.party), 0) AS got
    FROM view_loans.claim_transfers
    WHERE loan = l.key AND (buyer = l.party OR seller = l.party) AND corrected_position IS NULL
) AS t
ORDER BY position DESC, party DESC

-- name: loan_sums
-- By currency: what she has lent and is owed, and what waits in bids for the loan to be paid out.
SELECT currency, sum(outstanding) AS outstanding, sum(waiting) AS waiting
FROM (
    SELECT k.currency, k.amount AS outstanding, 0::numeric AS waiting
    FROM view_loans.claims AS k WHERE k.holder = ANY (%(parties)s)
    UNION ALL
    SELECT l.currency, 0, b.amount
    FROM view_loans.bids AS b
    JOIN view_loans.loans AS l ON l.key = b.loan AND l.status = 'listed' AND l.corrected_position IS NULL
    WHERE b.investor = ANY (%(parties)s) AND b.status = 'placed' AND b.corrected_position IS NULL
) AS both_kinds
GROUP BY currency ORDER BY currency

-- name: loan_receipts
-- What each repayment of these loans brought these parties: cash, and of it principal. A recovery of what had been written
-- off lowers no claim, so it is told apart by the repayment's own record.
SELECT r.loan, h.party, r.position, r.scope, r.repayment, r.happened_at, r.recovered,
       coalesce(got.cash, 0) AS cash, coalesce(got.principal, 0) AS principal
FROM unnest(%(loans)s::text[], %(holders)s::text[]) AS h (loan, party)
JOIN view_loans.repayments AS r ON r.loan = h.loan AND r.corrected_position IS NULL
CROSS JOIN LATERAL (
    SELECT sum(b.amount) FILTER (WHERE b.account LIKE 'cash/%%') AS cash,
           -sum(b.amount) FILTER (WHERE b.account LIKE 'claim/%%') AS principal
    FROM view_balances.postings AS b
    WHERE b.account = ANY (ARRAY['cash/' || substr(h.party, 7),
                                 'claim/' || substr(h.loan, 6) || '/' || split_part(h.party, '/', 2)])
      AND b.position = r.position
) AS got
WHERE got.cash IS NOT NULL
ORDER BY r.loan, h.party, r.happened_at, r.position

-- name: loan_payments
-- By day: within a day no order is known.
SELECT r.loan, r.day, sum(r.principal), sum(r.interest), sum(r.recovered)
FROM view_loans.repayments AS r
WHERE r.loan = ANY (%(loans)s) AND r.corrected_position IS NULL
GROUP BY r.loan, r.day

-- name: loan_steps
SELECT key, step, day, term_months, annual_rate, given_up, happened_at, position
FROM view_loans.steps
WHERE key = ANY (%(loans)s) AND corrected_position IS NULL
ORDER BY happened_at, position

-- name: loan_story
-- What she did in a loan: bids, and parts that she bought or sold.
SELECT position, happened_at, what, amount, said, corrected_position
FROM (
    SELECT placed_position AS position, happened_at, 'bid' AS what, amount, NULL::text AS said, corrected_position
    FROM view_loans.bids WHERE loan = %(key)s AND investor = %(party)s
    UNION ALL
    SELECT w.position, w.happened_at, 'withdrawn', b.amount, NULL, w.corrected_position
    FROM view_loans.bids AS b JOIN view_loans.bid_withdrawals AS w ON w.key = b.key AND w.position > b.placed_position
    WHERE b.loan = %(key)s AND b.investor = %(party)s AND b.corrected_position IS NULL
    UNION ALL
    SELECT position, happened_at, CASE WHEN buyer = %(party)s THEN 'bought' ELSE 'sold' END, price, NULL, corrected_position
    FROM view_loans.claim_transfers WHERE loan = %(key)s AND (buyer = %(party)s OR seller = %(party)s)
) AS story
ORDER BY happened_at, position LIMIT %(limit)s

-- name: cash
-- Money that waits on each platform.
SELECT s.scope, f.name AS platform_name, s.currency, sum(s.cash) AS amount
FROM view_investors.stakes AS s JOIN view_platforms.platforms AS f ON f.platform = s.scope
WHERE s.party = ANY (%(parties)s) AND s.cash <> 0
GROUP BY s.scope, f.name, s.currency ORDER BY s.scope, s.currency

-- name: platforms
-- Where she is known, and as whom.
SELECT p.key, p.scope, p.party, p.kind, p.registered_at, p.registered_position AS position, p.verified_method, f.name AS platform_name,
       f.status AS platform_status, f.jurisdiction, f.kinds
FROM view_investors.parties AS p JOIN view_platforms.platforms AS f ON f.platform = p.scope
WHERE p.key = ANY (%(parties)s) AND p.corrected_position IS NULL
ORDER BY p.registered_position
