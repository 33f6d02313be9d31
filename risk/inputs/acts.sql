-- Inputs of rules: what is done with money on a platform, and by whom. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_platform_act
-- One row per act with money. `party` is who received or gave it:
--
--   disbursed     the borrower; amount of the loan
--   guaranteed    the guarantor, named in the listing or declared later; the part that is answered for
--   repaid        the payer; principal, interest and penalty
--   restructured  the borrower; amount of the loan
--   sold          the buyer of a claim; the price, and the principal as `par`
--   lent, resold  who lent his part of a loan that was paid out, who sold a claim: only of the operator's circle
--   deposited, withdrawn (paid out)  the investor
--   released      the payee
--
-- `hops`: how many relations lie between the party and the platform's operating company, the party `operator` of each
-- platform: 0 is the company itself, at most 3, null outside that circle. Officers, affiliates, relatives, common control
-- and owners of a quarter or more count, both ways, and so do other accounts of one person. `insider` and `inside` are the
-- party and the act's position where the party is in the circle; the links are the relations on the shortest path.
-- `overdue`: instalments that had fallen due before that day (of a payment: that day, too), less payments before. `due_gap`: days to the nearest
-- due date. Both go by the term that was agreed before the act.
-- `distressed`: the position of a sale of a claim in arrears at 95 per cent of par or more to a buyer who had deposited in the 30
-- days before, `funded` his newest deposit. `lender`: the payer's first bid, where he is not the
-- borrower. `suspended`: the suspension in force at that moment; `noticed`: a disclosure of a payment notice about the
-- platform in the seven days before. `held`: what the platform's custodian should hold by the books after that day.
WITH RECURSIVE ties AS (
    SELECT DISTINCT ON (party, other) party AS one, other AS another, position
    FROM view_investors.relations
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
      AND (relation <> 'owner' OR share_ppm IS NULL OR share_ppm >= 250000)
    ORDER BY party, other, position
),
both_ways AS MATERIALIZED (
    SELECT one, another, position FROM ties UNION ALL SELECT another, one, position FROM ties
),
circle (platform, party, hops, first_link, second_link, third_link) AS (
    SELECT platform, 'party:' || platform || '/operator', 0::bigint, NULL::bigint, NULL::bigint, NULL::bigint
    FROM view_platforms.platforms
    WHERE registered_position <= %(cutoff)s
    UNION ALL
    SELECT c.platform, s.another, c.hops + 1, coalesce(c.first_link, s.position),
           CASE WHEN c.hops = 1 THEN s.position ELSE c.second_link END, CASE WHEN c.hops = 2 THEN s.position END
    FROM circle AS c
    CROSS JOIN LATERAL (
        SELECT b.another, b.position FROM both_ways AS b WHERE b.one = c.party
        UNION ALL
        -- No join: it would be hashed, and read everybody for each member of the circle.
        SELECT other.key, other.registered_position
        FROM view_investors.parties AS other
        WHERE other.scope = c.platform AND other.key <> c.party AND other.registered_position <= %(cutoff)s
          AND (other.corrected_position IS NULL OR other.corrected_position > %(cutoff)s)
          AND other.person = (
              SELECT own.person FROM view_investors.parties AS own
              WHERE own.key = c.party AND own.registered_position <= %(cutoff)s
                AND (own.corrected_position IS NULL OR own.corrected_position > %(cutoff)s)
              LIMIT 1)
    ) AS s
    WHERE c.hops < 3
),
nearest AS MATERIALIZED (
    SELECT DISTINCT ON (platform, party) platform, party, hops, first_link, second_link, third_link
    FROM circle
    ORDER BY platform, party, hops, first_link, second_link, third_link
),
acts AS (
    SELECT s.position, s.day, s.epoch, s.happened_at, l.scope AS platform, s.step AS act, l.borrower AS party,
           l.key AS loan, l.borrower, l.amount, NULL::bigint AS par, l.currency, l.repayment,
           l.listed_term_months AS listed_term
    FROM view_loans.steps AS s
    JOIN view_loans.loans AS l ON l.key = s.key
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE s.step IN ('disbursed', 'restructured')
      AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s AND %(last_day)s
      AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT r.position, r.day, r.epoch, r.happened_at, l.scope, 'repaid', coalesce(r.payer, l.borrower),
           l.key, l.borrower, r.principal + r.interest + r.penalty, NULL, l.currency, l.repayment, l.listed_term_months
    FROM view_loans.repayments AS r
    JOIN view_loans.loans AS l ON l.key = r.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT t.position, t.day, t.epoch, t.happened_at, l.scope, 'sold', t.buyer,
           l.key, l.borrower, t.price, t.principal, l.currency, l.repayment, l.listed_term_months
    FROM view_loans.claim_transfers AS t
    JOIN view_loans.loans AS l ON l.key = t.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE t.position <= %(cutoff)s AND t.day BETWEEN %(first_day)s AND %(last_day)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT t.position, t.day, t.epoch, t.happened_at, l.scope, 'resold', t.seller,
           l.key, l.borrower, t.principal, t.principal, l.currency, l.repayment, l.listed_term_months
    FROM view_loans.claim_transfers AS t
    JOIN nearest AS n ON n.party = t.seller
    JOIN view_loans.loans AS l ON l.key = t.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE t.position <= %(cutoff)s AND t.day BETWEEN %(first_day)s AND %(last_day)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT b.placed_position, s.day, s.epoch, s.happened_at, l.scope, 'lent', b.investor,
           l.key, l.borrower, b.amount, b.amount, l.currency, l.repayment, l.listed_term_months
    FROM nearest AS n
    JOIN view_loans.bids AS b ON b.investor = n.party
     AND b.placed_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
     AND NOT EXISTS (
         SELECT FROM view_loans.bid_withdrawals AS w
         WHERE w.key = b.key AND w.position > b.placed_position AND w.position <= %(cutoff)s
           AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s))
    JOIN view_loans.loans AS l ON l.key = b.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    JOIN view_loans.steps AS s ON s.key = l.key AND s.step = 'disbursed' AND s.position > b.placed_position
     AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s AND %(last_day)s
     AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT g.position, g.day, extract(epoch FROM g.happened_at)::bigint, g.happened_at, l.scope, 'guaranteed', g.guarantor,
           l.key, l.borrower, div(l.amount::numeric * g.share_ppm, 1000000)::bigint, l.amount, l.currency, l.repayment, l.listed_term_months
    FROM view_loans.guarantees AS g
    JOIN view_loans.loans AS l ON l.key = g.loan
     AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    WHERE g.position <= %(cutoff)s AND g.day BETWEEN %(first_day)s AND %(last_day)s
      AND (g.corrected_position IS NULL OR g.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT l.listed_position, l.listed_day, l.listed_epoch, l.listed_at, l.scope, 'guaranteed', l.guarantor,
           l.key, l.borrower, l.amount, l.amount, l.currency, l.repayment, l.listed_term_months
    FROM view_loans.loans AS l
    WHERE l.guarantor IS NOT NULL
      AND l.listed_position <= %(cutoff)s AND l.listed_day BETWEEN %(first_day)s AND %(last_day)s
      AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT d.position, d.day, d.epoch, d.happened_at, d.scope, 'deposited', d.investor,
           NULL, NULL, d.amount, NULL, d.currency, NULL, NULL
    FROM view_transfers.deposits AS d
    WHERE d.position <= %(cutoff)s AND d.day BETWEEN %(first_day)s AND %(last_day)s
      AND (d.corrected_position IS NULL OR d.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT e.position, e.day, e.epoch, e.happened_at, w.scope, 'withdrawn', w.investor,
           NULL, NULL, w.amount, NULL, w.currency, NULL, NULL
    FROM view_transfers.ends AS e
    JOIN view_transfers.withdrawals AS w ON w.key = e.key AND w.requested_position <= %(cutoff)s
     AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s)
    WHERE e.step = 'paid' AND e.position <= %(cutoff)s AND e.day BETWEEN %(first_day)s AND %(last_day)s
      AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT r.position, r.day, r.epoch, r.happened_at, r.scope, 'released', r.payee,
           NULL, NULL, r.amount, NULL, r.currency, NULL, NULL
    FROM view_campaigns.releases AS r
    WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
),
-- Summed once, day by day: a sum for each act is the square of a platform's history. The days of acts are in it, so that
-- the join is by equality; they add nothing, and a platform that never had custody has null.
held AS MATERIALIZED (
    SELECT platform, currency, day, sum(sum(amount)) OVER (PARTITION BY platform, currency ORDER BY day) AS amount
    FROM (
        SELECT platform, currency, day, amount FROM view_platforms.custody_moves WHERE position <= %(cutoff)s
        UNION ALL
        SELECT platform, currency, day, NULL FROM acts
    ) AS moved
    GROUP BY platform, currency, day
)
SELECT
    x.position, x.day, x.epoch, x.platform, x.act, x.party, x.loan, x.borrower, x.amount, x.par, x.currency, x.hops,
    x.insider, x.inside, x.first_link, x.second_link, x.third_link, x.overdue, x.due_gap,
    CASE WHEN x.overdue >= 1 AND x.fresh IS NOT NULL AND x.amount::numeric * 10000 >= x.par::numeric * 9500
         THEN x.position END AS distressed,
    CASE WHEN x.overdue >= 1 AND x.amount::numeric * 10000 >= x.par::numeric * 9500 THEN x.fresh END AS funded,
    x.lender, x.suspended, x.noticed, x.held
FROM (
    SELECT
        a.position, a.day, a.epoch, a.platform, a.act, a.party, a.loan, a.borrower, a.amount, a.par, a.currency,
        n.hops, n.party AS insider, CASE WHEN n.party IS NOT NULL THEN a.position END AS inside,
        n.first_link, n.second_link, n.third_link,
        (SELECT count(*) FROM generate_series(
             CASE a.repayment WHEN 'bullet' THEN t.months ELSE 1 END, t.months) AS k (months)
         WHERE date '1970-01-01' + t.since + make_interval(months => k.months)
               <= date '1970-01-01' + a.day - CASE a.act WHEN 'repaid' THEN 0 ELSE 1 END)
        - (SELECT count(*) FROM view_loans.repayments AS r
           WHERE r.loan = a.loan AND r.happened_at < a.happened_at AND r.position <= %(cutoff)s
             AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)) AS overdue,
        (SELECT min(abs(date '1970-01-01' + a.day - (date '1970-01-01' + t.since + make_interval(months => k.months))::date))
         FROM generate_series(CASE a.repayment WHEN 'bullet' THEN t.months ELSE 1 END, t.months) AS k (months)) AS due_gap,
        (SELECT max(d.position) FROM view_transfers.deposits AS d
         WHERE a.act = 'sold' AND d.investor = a.party AND d.happened_at <= a.happened_at AND d.day >= a.day - 30
           AND d.position <= %(cutoff)s AND (d.corrected_position IS NULL OR d.corrected_position > %(cutoff)s)) AS fresh,
        (SELECT min(b.placed_position) FROM view_loans.bids AS b
         WHERE a.act = 'repaid' AND b.investor = a.party AND a.party <> a.borrower AND b.happened_at <= a.happened_at
           AND b.placed_position <= %(cutoff)s
           AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)) AS lender,
        CASE WHEN a.platform IN (
            SELECT h.platform FROM view_platforms.standings AS h WHERE h.step = 'suspended' AND h.position <= %(cutoff)s
        ) THEN (
            SELECT CASE s.step WHEN 'suspended' THEN s.position END
            FROM view_platforms.standings AS s
            WHERE s.platform = a.platform AND s.step IN ('suspended', 'reinstated') AND s.happened_at <= a.happened_at
              AND s.position <= %(cutoff)s AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
            ORDER BY s.happened_at DESC, s.position DESC LIMIT 1
        ) END AS suspended,
        (SELECT max(f.position) FROM view_filings.disclosures AS f
         WHERE f.about = 'platform:' || a.platform AND f.category = 'payment_notice'
           AND f.day BETWEEN a.day - 7 AND a.day AND f.position <= %(cutoff)s
           AND (f.corrected_position IS NULL OR f.corrected_position > %(cutoff)s)) AS noticed,
        h.amount AS held
    FROM acts AS a
    LEFT JOIN held AS h ON h.platform = a.platform AND h.currency = a.currency AND h.day = a.day
    LEFT JOIN nearest AS n ON n.platform = a.platform AND n.party = a.party
    -- The disbursement, and the term agreed before the act.
    LEFT JOIN LATERAL (
        SELECT
            (SELECT max(s.day) FROM view_loans.steps AS s
             WHERE s.key = a.loan AND s.step = 'disbursed' AND s.position <= %(cutoff)s
               AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)) AS since,
            coalesce((SELECT s.term_months FROM view_loans.steps AS s
             WHERE s.key = a.loan AND s.step = 'restructured' AND s.term_months IS NOT NULL
               AND s.happened_at < a.happened_at AND s.position <= %(cutoff)s
               AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
             ORDER BY s.happened_at DESC, s.position DESC LIMIT 1), a.listed_term) AS months
    ) AS t ON true
) AS x
