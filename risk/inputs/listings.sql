-- Inputs of rules: what platforms offer to lenders, and to whom it goes. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_listing
-- One row per listing, with the terms as listed. `rate` is yearly, in basis points; `need` is what the money is for: the
-- fingerprint, or else the purpose. `owner` is the same for one borrower on several platforms where his identity was
-- reported. `market` is the median rate of the other platforms' listings in this currency over the 90 days before the
-- listing's week (weeks are counted from 1970-01-01), null where there are none. `fill_seconds`: from the listing to the
-- bid with which the whole sum was there.
WITH offered AS MATERIALIZED (
    SELECT * FROM view_loans.loans AS l
    WHERE l.listed_position <= %(cutoff)s AND l.listed_day BETWEEN %(first_day)s AND %(last_day)s
      AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
),
markets AS (
    SELECT w.scope, w.currency, w.week,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY m.listed_annual_rate_ppm) / 100 AS rate
    FROM (SELECT DISTINCT scope, currency, listed_day / 7 AS week FROM offered) AS w
    JOIN view_loans.loans AS m ON m.scope <> w.scope AND m.currency = w.currency
     AND m.listed_day < w.week * 7 AND m.listed_day >= w.week * 7 - 90
     AND m.listed_position <= %(cutoff)s AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
    GROUP BY w.scope, w.currency, w.week
)
SELECT
    l.listed_position AS position, l.listed_day AS day, l.listed_epoch AS epoch, l.scope AS platform, l.key AS loan,
    l.borrower, coalesce(b.person, l.borrower) AS owner, b.kind AS borrower_kind, l.jurisdiction, l.currency, l.amount,
    l.listed_annual_rate_ppm / 100 AS rate, l.listed_term_months AS term, coalesce(l.fingerprint, l.purpose) AS need,
    coalesce((SELECT s.step FROM view_loans.steps AS s
     WHERE s.key = l.key AND s.step IN ('lapsed', 'disbursed') AND s.position BETWEEN l.listed_position AND %(cutoff)s
       AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
     ORDER BY s.position DESC LIMIT 1), 'listed') AS outcome,
    (SELECT m.rate FROM markets AS m
     WHERE m.scope = l.scope AND m.currency = l.currency AND m.week = l.listed_day / 7) AS market,
    (SELECT CASE WHEN sum(p.amount) >= l.amount THEN greatest(max(p.epoch) - l.listed_epoch, 0) END
     FROM view_loans.bids AS p
     WHERE p.loan = l.key AND p.placed_position BETWEEN l.listed_position AND %(cutoff)s
       AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
       AND 0 = (
           SELECT count(*) FROM view_loans.bid_withdrawals AS w
           WHERE w.key = p.key AND w.position BETWEEN p.placed_position AND %(cutoff)s
             AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s))) AS fill_seconds
FROM offered AS l
LEFT JOIN view_investors.parties AS b ON b.key = l.borrower
 AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)

-- name: v1_borrower_trait
-- What borrowers show of themselves, one row per listing and trait: `payment`, `device` and `ip` of the borrower's own
-- repayments and deposits in the year from the listing, the listing's `fingerprint`, and its `purpose` where that is a
-- text of twelve characters or more. `age` is days from registration to listing; `roles` counts pledges and bids by the
-- borrower: 0 where he only ever borrowed. `day` is when both, listing and trait, were there.
WITH listings AS (
    SELECT l.key, l.scope, l.borrower, l.amount, l.listed_position, l.listed_day, l.listed_epoch, l.fingerprint, l.purpose,
           l.listed_day - b.registered_day AS age
    FROM view_loans.loans AS l
    JOIN view_investors.parties AS b ON b.key = l.borrower
     AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
    WHERE l.listed_position <= %(cutoff)s AND l.listed_day BETWEEN %(first_day)s - 365 AND %(last_day)s
      AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
),
shown AS (
    SELECT l.*, r.position, greatest(r.day, l.listed_day) AS day, greatest(r.epoch, l.listed_epoch) AS epoch,
           t.trait, t.value
    FROM listings AS l
    JOIN view_loans.repayments AS r ON r.loan = l.key AND coalesce(r.payer, l.borrower) = l.borrower
     AND r.day <= l.listed_day + 365 AND r.position <= %(cutoff)s
     AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
    CROSS JOIN LATERAL (VALUES ('ip', r.ip), ('device', r.device), ('payment', r.payment)) AS t (trait, value)
    UNION ALL
    SELECT l.*, d.position, greatest(d.day, l.listed_day), greatest(d.epoch, l.listed_epoch), t.trait, t.value
    FROM listings AS l
    JOIN view_transfers.deposits AS d ON d.investor = l.borrower
     AND d.day BETWEEN l.listed_day - 365 AND l.listed_day + 365 AND d.position <= %(cutoff)s
     AND (d.corrected_position IS NULL OR d.corrected_position > %(cutoff)s)
    CROSS JOIN LATERAL (VALUES ('ip', d.ip), ('device', d.device), ('payment', d.payment)) AS t (trait, value)
    UNION ALL
    SELECT l.*, l.listed_position, l.listed_day, l.listed_epoch, t.trait, t.value
    FROM listings AS l
    CROSS JOIN LATERAL (VALUES
        ('fingerprint', l.fingerprint), ('purpose', CASE WHEN length(l.purpose) >= 12 THEN l.purpose END)
    ) AS t (trait, value)
)
SELECT
    s.position, s.listed_position, s.day, s.epoch, s.scope AS platform, s.key AS loan, s.borrower, s.trait, s.value,
    s.amount, s.age,
    (SELECT count(*) FROM view_loans.bids AS b
     WHERE b.investor = s.borrower AND b.placed_position <= %(cutoff)s
       AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s))
    + (SELECT count(*) FROM view_pledges.pledges AS p
       WHERE p.investor = s.borrower AND p.made_position <= %(cutoff)s
         AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)) AS roles
FROM shown AS s
WHERE s.value IS NOT NULL AND s.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_rollover
-- A repayment that came within five days after the payer's side got a new loan: one row per repayment and such loan.
-- The side is the borrower, other accounts of the same person, and whoever is one relation away. `term`, `next_term`: of
-- the loan repaid and of the new one, months as listed. `same_need`: 1 where both have one fingerprint, or purpose and
-- collateral are the same, else 0.
WITH fresh AS MATERIALIZED (
    SELECT s.position, s.day, s.happened_at, n.key, n.scope, n.borrower, n.currency, n.amount, n.listed_term_months,
           n.fingerprint, n.purpose, n.collateral_kind, n.collateral_value
    FROM view_loans.steps AS s
    JOIN view_loans.loans AS n ON n.key = s.key
     AND n.listed_position <= %(cutoff)s AND (n.corrected_position IS NULL OR n.corrected_position > %(cutoff)s)
    WHERE s.step = 'disbursed' AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s - 5 AND %(last_day)s
      AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
),
takers AS MATERIALIZED (
    SELECT DISTINCT borrower FROM fresh
),
sides AS (
    SELECT t.borrower, t.borrower AS party, NULL::bigint AS position FROM takers AS t
    UNION ALL
    SELECT t.borrower, r.other, r.position
    FROM takers AS t
    JOIN view_investors.relations AS r ON r.party = t.borrower
     AND r.position <= %(cutoff)s AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT t.borrower, r.party, r.position
    FROM takers AS t
    JOIN view_investors.relations AS r ON r.other = t.borrower
     AND r.position <= %(cutoff)s AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT t.borrower, o.key, greatest(b.registered_position, o.registered_position)
    FROM takers AS t
    JOIN view_investors.parties AS b ON b.key = t.borrower
     AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
    JOIN view_investors.parties AS o ON o.person = b.person AND o.scope = b.scope AND o.key <> b.key
     AND o.registered_position <= %(cutoff)s AND (o.corrected_position IS NULL OR o.corrected_position > %(cutoff)s)
),
closest AS MATERIALIZED (
    SELECT DISTINCT ON (borrower, party) borrower, party, position
    FROM sides
    ORDER BY borrower, party, position NULLS FIRST
),
repaid AS MATERIALIZED (
    SELECT r.position, r.day, r.epoch, r.happened_at, r.loan, r.principal + r.interest + r.penalty AS paid, l.scope,
           l.currency, l.borrower, l.listed_term_months AS term, l.fingerprint, l.purpose, l.collateral_kind,
           l.collateral_value
    FROM view_loans.repayments AS r
    JOIN view_loans.loans AS l ON l.key = r.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
      AND (r.payer IS NULL OR r.payer = l.borrower)
)
SELECT
    r.position, n.position AS next_position, k.position AS link_position, r.day, r.epoch, n.scope AS platform, r.borrower,
    r.loan, n.borrower AS next_borrower, n.key AS next_loan, n.currency, r.paid, n.amount AS next_amount, r.term,
    n.listed_term_months AS next_term,
    CASE WHEN r.fingerprint = n.fingerprint
           OR r.purpose = n.purpose AND r.collateral_kind IS NOT DISTINCT FROM n.collateral_kind
              AND r.collateral_value IS NOT DISTINCT FROM n.collateral_value
         THEN 1 ELSE 0 END AS same_need
FROM fresh AS n
-- A row for each day on which it may have paid another: so the join below is by equality, and its size that of the answer.
-- The local day of a moment is at most one before that of an earlier moment elsewhere.
CROSS JOIN generate_series(-1, 5) AS later (days)
JOIN closest AS k ON k.borrower = n.borrower
JOIN repaid AS r ON r.borrower = k.party AND r.day = n.day + later.days AND r.scope = n.scope AND r.currency = n.currency
WHERE r.loan <> n.key AND r.happened_at >= n.happened_at

-- name: v1_loan_cost
-- What loans cost by the year, in basis points: a row with the agreed rate when a loan was listed (`basis` terms), and
-- one of what was really paid when its principal had come back (`basis` paid). A paid rate is charges over the principal
-- outstanding, day by day, over 365: simple interest, as the caps are meant. `lender_bp` counts interest, penalties and
-- what of the repayments was called a fee; `all_bp` the fees that the platform charged the borrower as well.
SELECT
    l.listed_position AS position, l.listed_day AS day, l.listed_epoch AS epoch, l.scope AS platform, l.key AS loan,
    l.borrower, l.jurisdiction, l.currency, 'terms' AS basis, l.listed_day AS contract_day,
    l.listed_annual_rate_ppm / 100 AS lender_bp, l.listed_annual_rate_ppm / 100 AS all_bp
FROM view_loans.loans AS l
WHERE l.listed_position <= %(cutoff)s AND l.listed_day BETWEEN %(first_day)s AND %(last_day)s
  AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
UNION ALL
SELECT
    r.position, r.day, r.epoch, l.scope, l.key, l.borrower, l.jurisdiction, l.currency, 'paid', l.listed_day,
    div(p.charges * 3650000, greatest(p.balance_days, l.amount))::bigint,
    div((p.charges + f.fees) * 3650000, greatest(p.balance_days, l.amount))::bigint
FROM view_loans.repayments AS r
JOIN view_loans.loans AS l ON l.key = r.loan
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN view_loans.steps AS s ON s.key = l.key AND s.step = 'disbursed' AND s.position <= %(cutoff)s
 AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
CROSS JOIN LATERAL (
    -- Each part of the principal was outstanding from the disbursement until it came back.
    SELECT sum(e.interest::numeric + e.penalty + e.fee) AS charges, sum(e.principal) AS principal,
           sum(e.principal::numeric * greatest(e.day - s.day, 0)) AS balance_days, max(e.happened_at) AS ended_at
    FROM view_loans.repayments AS e
    WHERE e.loan = l.key AND e.position <= %(cutoff)s
      AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
) AS p
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.amount), 0) AS fees FROM view_loans.fees AS c
    WHERE c.loan = l.key AND c.payer = 'borrower' AND c.position <= %(cutoff)s
      AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
) AS f
WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
  AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
  AND r.happened_at = p.ended_at AND p.principal >= l.amount

-- name: v1_funding
-- Who made a loan possible: a row per loan that was paid out (`lender` null, the loan's amount), and one for each of its
-- core lenders where there are at most ten: those, largest first, who together gave four fifths of it.
WITH paid_out AS (
    SELECT l.key, l.scope, l.borrower, l.amount, l.currency, l.listed_position, s.position, s.day, s.epoch
    FROM view_loans.steps AS s
    JOIN view_loans.loans AS l ON l.key = s.key
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE s.step = 'disbursed' AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s AND %(last_day)s
      AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
),
given AS (
    SELECT p.key, b.investor, sum(b.amount) AS amount, max(b.placed_position) AS position
    FROM paid_out AS p
    JOIN view_loans.bids AS b ON b.loan = p.key AND b.placed_position BETWEEN p.listed_position AND %(cutoff)s
     AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
     AND NOT EXISTS (
         SELECT FROM view_loans.bid_withdrawals AS w
         WHERE w.key = b.key AND w.position BETWEEN b.placed_position AND %(cutoff)s
           AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s))
    GROUP BY p.key, b.investor
),
ranked AS (
    SELECT g.*, p.position AS loan_position,
           sum(g.amount) OVER (PARTITION BY p.position ORDER BY g.amount DESC, g.position) - g.amount AS before,
           sum(g.amount) OVER (PARTITION BY p.position) AS whole
    FROM given AS g
    JOIN paid_out AS p ON p.key = g.key
),
core AS (
    SELECT r.*, count(*) OVER (PARTITION BY r.loan_position) AS lenders
    FROM ranked AS r
    WHERE r.before * 5 < r.whole * 4
)
SELECT p.position, p.day, p.epoch, p.scope AS platform, p.key AS loan, p.borrower, NULL AS lender, p.currency,
       p.amount::numeric AS amount
FROM paid_out AS p
UNION ALL
SELECT c.position, p.day, p.epoch, p.scope, p.key, p.borrower, c.investor, p.currency, c.amount
FROM core AS c
JOIN paid_out AS p ON p.position = c.loan_position
WHERE c.lenders <= 10
