-- Inputs of rules: money of investors on its way in and out, and of borrowers past the books. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_withdrawal
-- One row per withdrawal asked for, by the day of asking. `step`: paid, rejected, or null while it waits.
SELECT
    w.requested_position AS position, w.day, w.epoch, e.position AS ended, w.scope AS platform, w.key AS withdrawal,
    w.investor, w.amount, w.currency, e.step, e.day AS ended_day, e.epoch AS ended_epoch
FROM view_transfers.withdrawals AS w
LEFT JOIN LATERAL (
    SELECT e.position, e.step, e.day, e.epoch FROM view_transfers.ends AS e
    WHERE e.key = w.key AND e.position > w.requested_position AND e.position <= %(cutoff)s
      AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
    ORDER BY e.position DESC LIMIT 1
) AS e ON true
WHERE w.requested_position <= %(cutoff)s AND w.day BETWEEN %(first_day)s AND %(last_day)s
  AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s)

-- name: v1_lender_swap
-- Money of one lender where another's was due. `withdrawn`: a row per withdrawal paid; `swap` is the newest deposit of
-- exactly this sum by somebody else within the day before, where the two did not trade a claim and he had not paid in the
-- same sum himself in the two days before, and `rare` its position
-- where at most two deposits there had that sum in the month before. `repaid`: a row per repayment by somebody else than the
-- borrower who had bid on loans there himself; `swap` and `rare` are his first bid. `swapped` is the row's own position
-- where there is a swap.
SELECT
    e.position, e.day, e.epoch, CASE WHEN d.position IS NOT NULL THEN e.position END AS swapped, d.position AS swap,
    CASE WHEN d.position IS NOT NULL AND (
        SELECT count(*) FROM view_transfers.deposits AS o
        WHERE o.scope = w.scope AND o.day BETWEEN e.day - 30 AND e.day AND o.amount = w.amount AND o.currency = w.currency
          AND o.position <= %(cutoff)s AND (o.corrected_position IS NULL OR o.corrected_position > %(cutoff)s)
    ) <= 2 THEN d.position END AS rare,
    w.scope AS platform, 'withdrawn' AS act, w.investor AS taker, d.investor AS giver, w.amount, w.currency
FROM view_transfers.ends AS e
JOIN view_transfers.withdrawals AS w ON w.key = e.key AND w.requested_position <= %(cutoff)s
 AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s)
LEFT JOIN LATERAL (
    SELECT d.position, d.investor FROM view_transfers.deposits AS d
    WHERE d.scope = w.scope AND d.day BETWEEN e.day - 2 AND e.day + 1 AND d.amount = w.amount AND d.currency = w.currency
      AND d.investor <> w.investor AND d.epoch BETWEEN e.epoch - 86400 AND e.epoch AND d.position <= %(cutoff)s
      AND (d.corrected_position IS NULL OR d.corrected_position > %(cutoff)s)
      AND NOT EXISTS (
          SELECT FROM view_loans.claim_transfers AS t
          WHERE t.seller = w.investor AND t.buyer = d.investor AND t.day BETWEEN e.day - 2 AND e.day + 1
            AND t.position <= %(cutoff)s AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s))
      AND NOT EXISTS (
          SELECT FROM view_transfers.deposits AS own
          WHERE own.investor = w.investor AND own.amount = w.amount AND own.currency = w.currency
            AND own.epoch BETWEEN e.epoch - 2 * 86400 AND e.epoch AND own.position <= %(cutoff)s
            AND (own.corrected_position IS NULL OR own.corrected_position > %(cutoff)s))
    ORDER BY d.epoch DESC, d.position DESC LIMIT 1
) AS d ON true
WHERE e.step = 'paid' AND e.position <= %(cutoff)s AND e.day BETWEEN %(first_day)s AND %(last_day)s
  AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
UNION ALL
SELECT r.position, r.day, r.epoch, r.position, b.position, b.position, r.scope, 'repaid', l.borrower, r.payer,
       r.principal + r.interest + r.penalty, l.currency
FROM view_loans.repayments AS r
JOIN view_loans.loans AS l ON l.key = r.loan
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN LATERAL (
    SELECT min(b.placed_position) AS position FROM view_loans.bids AS b
    WHERE b.investor = r.payer AND b.happened_at <= r.happened_at AND b.placed_position <= %(cutoff)s
      AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
) AS b ON b.position IS NOT NULL
WHERE r.payer <> l.borrower AND r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
  AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)

-- name: v1_kept_repayment
-- What borrowers paid to a platform's operating company (its party `operator`, or another party with the same identity),
-- as a payment firm saw it, two days later: by then the platform should have told the repayment. `passed_on` is what it
-- told of that borrower from the day of the payment to two days after, `missing` the part of the payment that this does
-- not cover; what several payments of those days share is counted for each of them. Only borrowers with a loan paid out.
WITH known AS MATERIALIZED (
    SELECT p.key, p.scope, coalesce(p.person, p.key) AS person
    FROM view_investors.parties AS p
    WHERE p.registered_position <= %(cutoff)s AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
),
operators AS MATERIALIZED (
    SELECT own.scope AS platform, same.key
    FROM known AS own
    JOIN known AS same ON same.person = own.person
    WHERE own.key = 'party:' || own.scope || '/operator'
),
seen AS MATERIALIZED (
    SELECT t.position, t.day, t.epoch, t.happened_at, t.amount, t.currency, o.platform, payer.person
    FROM operators AS o
    JOIN view_transfers.transfers AS t ON t.payee = o.key AND t.position <= %(cutoff)s
     AND t.day BETWEEN %(first_day)s - 2 AND %(last_day)s - 2
     AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    JOIN known AS payer ON payer.key = t.payer
),
of_borrowers AS (
    SELECT DISTINCT ON (e.position, e.platform)
        e.position, e.day, e.epoch, e.amount, e.currency, e.platform, s.position AS loan_position, n.borrower, n.key AS loan
    FROM seen AS e
    JOIN known AS b ON b.person = e.person AND b.scope = e.platform
    JOIN view_loans.loans AS n ON n.borrower = b.key AND n.currency = e.currency
     AND n.listed_position <= %(cutoff)s AND (n.corrected_position IS NULL OR n.corrected_position > %(cutoff)s)
    JOIN view_loans.steps AS s ON s.key = n.key AND s.step = 'disbursed' AND s.happened_at <= e.happened_at
     AND s.position <= %(cutoff)s AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
    ORDER BY e.position, e.platform, s.position DESC
)
SELECT
    e.position, e.day + 2 AS day, e.epoch + 2 * 86400 AS epoch, e.loan_position, e.platform, e.borrower, e.loan,
    e.amount AS paid, r.passed_on, greatest(e.amount - r.passed_on, 0) AS missing, e.currency
FROM of_borrowers AS e
CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.principal::numeric + r.interest + r.penalty + r.fee), 0) AS passed_on
    FROM view_loans.repayments AS r
    WHERE r.loan = ANY (ARRAY(
        SELECT n.key FROM view_loans.loans AS n
        WHERE n.borrower = e.borrower AND n.currency = e.currency AND n.listed_position <= %(cutoff)s
          AND (n.corrected_position IS NULL OR n.corrected_position > %(cutoff)s)))
      AND r.day BETWEEN e.day AND e.day + 2 AND r.position <= %(cutoff)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
) AS r

-- name: v1_cash_day
-- Per platform, currency and day: what investors paid in, what was paid out to them, what borrowers repaid. `position` is
-- the newest event of the day.
SELECT
    max(x.position) AS position, x.day, max(x.epoch) AS epoch, x.platform, x.currency,
    coalesce(sum(x.amount) FILTER (WHERE x.act = 'deposit'), 0) AS deposits,
    coalesce(sum(x.amount) FILTER (WHERE x.act = 'payout'), 0) AS payouts,
    coalesce(sum(x.amount) FILTER (WHERE x.act = 'repaid'), 0) AS repaid,
    max(x.position) FILTER (WHERE x.act = 'deposit') AS last_deposit,
    max(x.position) FILTER (WHERE x.act = 'payout') AS last_payout
FROM (
    SELECT position, day, epoch, scope AS platform, currency, amount, 'deposit' AS act
    FROM view_transfers.deposits
    WHERE position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT e.position, e.day, e.epoch, w.scope, w.currency, w.amount, 'payout'
    FROM view_transfers.ends AS e
    JOIN view_transfers.withdrawals AS w ON w.key = e.key AND w.requested_position <= %(cutoff)s
     AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s)
    WHERE e.step = 'paid' AND e.position <= %(cutoff)s AND e.day BETWEEN %(first_day)s AND %(last_day)s
      AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT r.position, r.day, r.epoch, l.scope, l.currency, r.principal + r.interest + r.penalty, 'repaid'
    FROM view_loans.repayments AS r
    JOIN view_loans.loans AS l ON l.key = r.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
) AS x
GROUP BY x.platform, x.currency, x.day
