-- Inputs of rules: borrowers and lenders. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_loan_need
-- Loans asked for (`listed`) and paid out (`disbursed`). `person` is the same for one identity on several platforms.
SELECT
    e.position, e.day, e.epoch, l.scope AS platform, l.key AS loan, l.borrower, coalesce(b.person, b.key) AS person, e.role,
    l.currency, l.amount
FROM (
    SELECT listed_position AS position, listed_day AS day, listed_epoch AS epoch, key, 'listed' AS role
    FROM view_loans.loans
    WHERE listed_position <= %(cutoff)s AND listed_day BETWEEN %(first_day)s AND %(last_day)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT position, day, epoch, key, 'disbursed'
    FROM view_loans.steps
    WHERE step = 'disbursed' AND position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
) AS e
JOIN view_loans.loans AS l ON l.key = e.key
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN view_investors.parties AS b ON b.key = l.borrower
 AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)

-- name: v1_repayment
-- Repayments and who paid them. `link`: `self`, or how close the payer is to the borrower; null: nothing was reported.
WITH close AS (
    SELECT one, another, min(relation) AS relation
    FROM (
        SELECT party AS one, other AS another, relation FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
        UNION ALL
        SELECT other, party, relation FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    ) AS b
    GROUP BY one, another
)
SELECT
    r.position, r.day, r.epoch, r.scope AS platform, r.loan, l.borrower, coalesce(r.payer, l.borrower) AS payer,
    CASE WHEN r.payer IS NULL OR r.payer = l.borrower THEN 'self' ELSE n.relation END AS link, l.currency,
    r.principal + r.interest + r.penalty + r.fee AS amount
FROM view_loans.repayments AS r
JOIN view_loans.loans AS l ON l.key = r.loan
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
LEFT JOIN close AS n ON n.one = l.borrower AND n.another = r.payer
WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
  AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)

-- name: v1_early_settlement
-- The repayment with which all principal of a loan was back. `elapsed_bp`: how much of the term was over by then.
-- `usual_high`: 95 of 100 loans paid out in this currency up to the cutoff were no larger. `payer_days`: how long the payer
-- had been registered.
WITH paid_out AS (
    SELECT l.key, l.scope, l.borrower, l.currency, l.amount, l.listed_term_months, s.day AS disbursed_day
    FROM view_loans.steps AS s
    JOIN view_loans.loans AS l ON l.key = s.key
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE s.step = 'disbursed' AND s.position <= %(cutoff)s
      AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
),
usual AS (
    SELECT currency, percentile_disc(0.95) WITHIN GROUP (ORDER BY amount) AS amount FROM paid_out GROUP BY currency
),
running AS (
    SELECT r.*, sum(r.principal) OVER (PARTITION BY r.loan ORDER BY r.epoch, r.position) AS back
    FROM view_loans.repayments AS r
    WHERE r.position <= %(cutoff)s AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
)
SELECT
    r.position, r.day, r.epoch, l.scope AS platform, l.key AS loan, l.borrower, coalesce(r.payer, l.borrower) AS payer,
    l.currency, l.amount, u.amount AS usual_high,
    div((r.day - l.disbursed_day)::numeric * 10000, l.listed_term_months::numeric * 30) AS elapsed_bp,
    r.day - i.registered_day AS payer_days
FROM running AS r
JOIN paid_out AS l ON l.key = r.loan AND r.back >= l.amount AND r.back - r.principal < l.amount
JOIN usual AS u ON u.currency = l.currency
LEFT JOIN view_investors.parties AS i ON i.key = coalesce(r.payer, l.borrower)
 AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_claim_round
-- Sales of a claim by which it comes back to who sold it at most thirty days before: one row per way back, with the price
-- of both in basis points of par. `one` and `other` are the two, in the order of their keys; `link`: how close they are.
WITH sales AS (
    SELECT * FROM view_loans.claim_transfers
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
close AS (
    SELECT one, another, min(relation) AS relation, min(position) AS position
    FROM (
        SELECT party AS one, other AS another, relation, position FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
        UNION ALL
        SELECT other, party, relation, position FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    ) AS b
    GROUP BY one, another
)
SELECT
    b.position, a.position AS first_position, n.position AS link_position, b.day, b.epoch, b.scope AS platform, b.loan,
    least(b.seller COLLATE "C", b.buyer COLLATE "C") AS one, greatest(b.seller COLLATE "C", b.buyer COLLATE "C") AS other,
    n.relation AS link, l.currency, b.principal, div(b.price::numeric * 10000, b.principal) AS price_bp,
    div(a.price::numeric * 10000, a.principal) AS first_price_bp
FROM sales AS b
JOIN sales AS a ON a.loan = b.loan AND a.seller = b.buyer AND a.buyer = b.seller
 AND a.epoch < b.epoch AND a.epoch >= b.epoch - 2592000
JOIN view_loans.loans AS l ON l.key = b.loan
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
LEFT JOIN close AS n ON n.one = b.seller AND n.another = b.buyer
WHERE b.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_track_record
-- What owners began (`new`: a campaign opened, a loan listed) and what went wrong with it (`bad`: a loan defaulted or was
-- written off, a campaign was cancelled after money had been released). `owner` is one identity over all platforms.
WITH began AS (
    SELECT key AS about, scope, issuer AS party, opened_position AS position, opened_day AS day, opened_epoch AS epoch
    FROM view_campaigns.campaigns
    WHERE opened_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT key, scope, borrower, listed_position, listed_day, listed_epoch
    FROM view_loans.loans
    WHERE listed_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
told AS (
    SELECT about, position, day, epoch, 'new' AS role FROM began
    UNION ALL
    SELECT key, position, day, epoch, 'bad'
    FROM view_loans.steps
    WHERE step IN ('defaulted', 'written_off') AND position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT m.key, m.position, m.day, m.epoch, 'bad'
    FROM view_campaigns.milestones AS m
    WHERE m.step = 'closed' AND m.outcome = 'cancelled' AND m.position <= %(cutoff)s
      AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
      AND m.key IN (
          SELECT r.key FROM view_campaigns.releases AS r
          WHERE r.position <= %(cutoff)s AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s))
)
SELECT t.position, t.day, t.epoch, b.scope AS platform, b.party, coalesce(i.person, i.key) AS owner, t.role, t.about
FROM told AS t
JOIN began AS b ON b.about = t.about
JOIN view_investors.parties AS i ON i.key = b.party
 AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
WHERE t.day BETWEEN %(first_day)s AND %(last_day)s
