-- The published inputs of rules: named relations over the views, each with a cutoff. A rule never reads a table.
--
-- Parameters: cutoff (position), first_day, last_day (days since 1970-01-01, both included). A row is there if every
-- event that makes it true has a position up to the cutoff and none up to the cutoff took it back: the same question
-- with the same cutoff has the same answer for ever. A key whose entity was corrected away may live again in another row,
-- so joins by key ask for the row that stood at the cutoff. `position` is the event that a person would be shown.
-- Columns and their types are in risk/inputs.py. Money in minor units; `epoch` in Unix seconds.

-- name: v1_pledge
-- One row per pledge.
SELECT
    p.made_position AS position, p.day, p.epoch, p.scope AS platform, p.key AS pledge, p.campaign, p.investor,
    c.issuer, c.kind AS campaign_kind, c.jurisdiction, c.opened_day AS campaign_day, p.amount, p.currency,
    (SELECT min(s.day) FROM view_pledges.steps AS s
     WHERE s.key = p.key AND s.step = 'cancelled' AND s.position <= %(cutoff)s
       AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)) AS cancelled_day
FROM view_pledges.pledges AS p
JOIN view_campaigns.campaigns AS c ON c.key = p.campaign
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
WHERE p.made_position <= %(cutoff)s AND p.day BETWEEN %(first_day)s AND %(last_day)s
  AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)

-- name: v1_backing
-- Who backed what: an investor's first pledge to each campaign, and how many backers that campaign has.
SELECT position, day, epoch, platform, campaign, investor, backers
FROM (
    -- Counted before the days are cut, so that a run over many days sees what a run over one of them sees.
    SELECT f.*, count(*) OVER (PARTITION BY f.campaign) AS backers
    FROM (
        SELECT DISTINCT ON (campaign, investor)
            made_position AS position, day, epoch, scope AS platform, campaign, investor
        FROM view_pledges.pledges
        WHERE made_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
        ORDER BY campaign, investor, day, made_position
    ) AS f
) AS b
WHERE day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_channel
-- Through what money came: one row per pledge or deposit and kind of channel. `value` is null where the platform reports
-- this kind for at least nine of ten, but not here: two unknown addresses are no link, but worth a look.
WITH paid AS (
    SELECT made_position AS position, day, epoch, scope AS platform, 'pledge' AS act, investor, campaign, ip, device, payment
    FROM view_pledges.pledges
    WHERE made_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT position, day, epoch, scope, 'deposit', investor, NULL, ip, device, payment
    FROM view_transfers.deposits
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
habit AS (
    SELECT platform, act, count(*) AS all_of_them, count(ip) AS ip, count(device) AS device, count(payment) AS payment
    FROM paid
    GROUP BY platform, act
)
SELECT p.position, p.day, p.epoch, p.platform, p.act, p.investor, p.campaign, k.channel, k.value
FROM paid AS p
JOIN habit AS h ON h.platform = p.platform AND h.act = p.act
CROSS JOIN LATERAL (
    VALUES ('ip', p.ip, h.ip), ('device', p.device, h.device), ('payment', p.payment, h.payment)
) AS k (channel, value, reported)
WHERE p.day BETWEEN %(first_day)s AND %(last_day)s
  AND (k.value IS NOT NULL OR 10 * k.reported >= 9 * h.all_of_them)

-- name: v1_related_pledge
-- Pledges to a campaign by its issuer or by those close to it: `link` is `issuer`, the relation, or for a second step
-- (a director's wife) the relation of that step. `raised` is what all pledges to the campaign come to.
WITH close AS (
    SELECT party AS one, other AS another, relation, position
    FROM view_investors.relations
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
      AND relation IN ('officer', 'owner', 'same_controller', 'family')
),
both_ways AS (
    SELECT one, another, relation, position FROM close
    UNION ALL
    SELECT another, one, relation, position FROM close
),
circle AS (
    SELECT key AS party, key AS issuer, 'issuer' AS link, NULL::bigint AS link_position, NULL::bigint AS second_position
    FROM view_investors.parties AS i
    WHERE i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT another, one, relation, position, NULL FROM both_ways
    UNION ALL
    SELECT s.another, f.one, s.relation, f.position, s.position
    FROM both_ways AS f
    JOIN both_ways AS s ON s.one = f.another AND s.another <> f.one
    WHERE f.relation IN ('officer', 'owner', 'same_controller') AND s.relation IN ('family', 'same_controller')
),
closest AS (
    SELECT DISTINCT ON (party, issuer) party, issuer, link, link_position, second_position
    FROM circle
    ORDER BY party, issuer, second_position IS NOT NULL, link_position NULLS FIRST, second_position
)
SELECT
    p.made_position AS position, n.link_position, n.second_position, p.day, p.epoch, p.scope AS platform,
    p.key AS pledge, p.campaign, p.investor, c.issuer, n.link, p.amount, p.currency, c.goal,
    (SELECT sum(a.amount) FROM view_pledges.pledges AS a
     WHERE a.campaign = p.campaign AND a.made_position <= %(cutoff)s
       AND (a.corrected_position IS NULL OR a.corrected_position > %(cutoff)s)) AS raised
FROM closest AS n
JOIN view_campaigns.campaigns AS c ON c.issuer = n.issuer
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
JOIN view_pledges.pledges AS p ON p.campaign = c.key AND p.investor = n.party
WHERE p.made_position <= %(cutoff)s AND p.day BETWEEN %(first_day)s AND %(last_day)s
  AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)

-- name: v1_payment
-- Money that a party moved: pledges, deposits, reported transfers.
SELECT made_position AS position, day, epoch, scope AS platform, 'pledge' AS act, investor AS payer, campaign AS payee,
       amount, currency
FROM view_pledges.pledges
WHERE made_position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
  AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
UNION ALL
SELECT position, day, epoch, scope, 'deposit', investor, 'platform:' || scope, amount, currency
FROM view_transfers.deposits
WHERE position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
  AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
UNION ALL
SELECT position, day, epoch, scope, 'transfer', payer, payee, amount, currency
FROM view_transfers.transfers
WHERE position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
  AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)

-- name: v1_debt
-- What borrowers owe, as changes: the amount when a loan was disbursed, minus the principal of each repayment.
-- What was written off is owed still. `disbursed` is the position of a disbursement, null for a repayment.
SELECT
    s.position, s.position AS disbursed, s.day, s.epoch, l.scope AS platform, l.key AS loan, l.borrower,
    b.kind AS borrower_kind, l.jurisdiction, l.currency, l.amount AS change
FROM view_loans.steps AS s
JOIN view_loans.loans AS l ON l.key = s.key
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN view_investors.parties AS b ON b.key = l.borrower
 AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
WHERE s.step = 'disbursed' AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s AND %(last_day)s
  AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
UNION ALL
SELECT r.position, NULL, r.day, r.epoch, l.scope, l.key, l.borrower, b.kind, l.jurisdiction, l.currency, - r.principal
FROM view_loans.repayments AS r
JOIN view_loans.loans AS l ON l.key = r.loan
 AND l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
JOIN view_investors.parties AS b ON b.key = l.borrower
 AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
  AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)

-- name: v1_raise
-- One row per campaign, by the day it opened, with the terms as amended and the outcome known at the cutoff.
-- `owner` is the same for one organisation on several platforms where its identity was reported, else the issuer.
-- `offered` is the most it may take; `pledged` what was promised, and neither taken
-- back nor lapsed; what ended with its campaign still counts, the outcome says so.
SELECT
    c.opened_position AS position, c.opened_day AS day, c.opened_epoch AS epoch, c.scope AS platform, c.key AS campaign,
    c.issuer, coalesce(i.person, c.issuer) AS owner, c.kind AS campaign_kind, c.jurisdiction, c.currency,
    coalesce(t.cap, t.goal, c.cap, c.goal) AS offered, coalesce(m.outcome, 'open') AS outcome,
    coalesce((SELECT sum(p.amount) FROM view_pledges.pledges AS p
     WHERE p.campaign = c.key AND p.made_position <= %(cutoff)s
       AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
       AND NOT EXISTS (
           SELECT FROM view_pledges.steps AS s
           WHERE s.key = p.key AND s.step = 'cancelled' AND s.position <= %(cutoff)s
             AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s))
       AND NOT EXISTS (
           SELECT FROM view_pledges.ends AS e
           WHERE e.campaign = c.key AND e.kind = 'lapsed' AND e.position <= %(cutoff)s AND p.happened_at < e.amended_at
             AND NOT EXISTS (
                 SELECT FROM view_pledges.steps AS r
                 WHERE r.key = p.key AND r.position > p.made_position AND r.step = 'reconfirmed'
                   AND r.position <= %(cutoff)s AND r.happened_at BETWEEN e.amended_at AND e.reconfirm_by
                   AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)))), 0) AS pledged
FROM view_campaigns.campaigns AS c
LEFT JOIN view_investors.parties AS i ON i.key = c.issuer
 AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
LEFT JOIN LATERAL (
    SELECT t.cap, t.goal FROM view_campaigns.terms AS t
    WHERE t.key = c.key AND t.position <= %(cutoff)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    ORDER BY t.position DESC LIMIT 1
) AS t ON true
LEFT JOIN LATERAL (
    SELECT m.outcome FROM view_campaigns.milestones AS m
    WHERE m.key = c.key AND m.step = 'closed' AND m.position <= %(cutoff)s
      AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
    ORDER BY m.position DESC LIMIT 1
) AS m ON true
WHERE c.opened_position <= %(cutoff)s AND c.opened_day BETWEEN %(first_day)s AND %(last_day)s
  AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)

-- name: v1_close
-- One row per close of a campaign. `pledged` is what stood at that moment, as far as it was known at the cutoff: made
-- before it, and neither cancelled nor lapsed before it.
SELECT
    m.position, m.day, m.epoch, c.scope AS platform, c.key AS campaign, c.issuer, c.kind AS campaign_kind, c.funding,
    c.jurisdiction, c.currency, m.outcome, coalesce(t.goal, c.goal) AS goal,
    coalesce((SELECT sum(p.amount) FROM view_pledges.pledges AS p
     WHERE p.campaign = c.key AND p.made_position <= %(cutoff)s AND p.happened_at < m.happened_at
       AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
       AND NOT EXISTS (
           SELECT FROM view_pledges.steps AS s
           WHERE s.key = p.key AND s.position > p.made_position AND s.step = 'cancelled' AND s.position <= %(cutoff)s
             AND s.happened_at < m.happened_at
             AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s))
       AND NOT EXISTS (
           SELECT FROM view_pledges.ends AS e
           WHERE e.campaign = c.key AND e.kind = 'lapsed' AND e.position <= %(cutoff)s AND e.at < m.happened_at
             AND p.happened_at < e.amended_at
             AND NOT EXISTS (
                 SELECT FROM view_pledges.steps AS r
                 WHERE r.key = p.key AND r.position > p.made_position AND r.step = 'reconfirmed'
                   AND r.position <= %(cutoff)s AND r.happened_at BETWEEN e.amended_at AND e.reconfirm_by
                   AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)))), 0) AS pledged
FROM view_campaigns.milestones AS m
JOIN view_campaigns.campaigns AS c ON c.key = m.key
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
LEFT JOIN LATERAL (
    SELECT t.goal FROM view_campaigns.terms AS t
    WHERE t.key = c.key AND t.position <= %(cutoff)s AND t.position >= c.opened_position
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    ORDER BY t.position DESC LIMIT 1
) AS t ON true
WHERE m.step = 'closed' AND m.position <= %(cutoff)s AND m.day BETWEEN %(first_day)s AND %(last_day)s
  AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)

-- name: v1_custody_line
-- Per platform, currency and day with a statement that differs from the books: a row for each custody account (its last
-- word, at most 35 days old) and for each movement that the books have since the statement before. All rows of a day
-- carry what was reported and derived for its moment, and `unsettled`: the whole difference where money on its way
-- explains it, 0 otherwise. On its way are the lines between the statement's moment and another cut within three days
-- that makes both agree, or one such line alone: as in projections/differences.py.
WITH reports AS (
    SELECT position, platform, account, currency, balance, as_of_day, as_of_at
    FROM view_platforms.custody
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
days AS (
    SELECT platform, currency, as_of_day AS day, max(as_of_at) AS as_of,
           lag(max(as_of_at)) OVER (PARTITION BY platform, currency ORDER BY as_of_day) AS since
    FROM reports
    GROUP BY platform, currency, as_of_day
),
latest AS (
    SELECT DISTINCT ON (d.platform, d.currency, d.day, r.account)
        d.platform, d.currency, d.day, d.as_of, d.since, r.account, r.balance, r.position
    FROM days AS d
    JOIN reports AS r ON r.platform = d.platform AND r.currency = d.currency
                     AND r.as_of_day <= d.day AND r.as_of_day > d.day - 35
    WHERE d.day BETWEEN %(first_day)s AND %(last_day)s
    ORDER BY d.platform, d.currency, d.day, r.account, r.as_of_at DESC, r.position DESC
),
held AS (
    SELECT platform, currency, day, as_of, since, sum(balance) AS reported, count(*) AS accounts
    FROM latest
    GROUP BY platform, currency, day, as_of, since
),
-- A movement's own day is at its own UTC offset, at most one day from any other's: whole days are summed up to two days
-- before a statement, moments after that.
daily AS (
    SELECT platform, currency, day, sum(amount) AS amount
    FROM (
        SELECT platform, currency, day, amount FROM view_platforms.custody_moves WHERE position <= %(cutoff)s
        UNION ALL
        SELECT platform, currency, day, 0 FROM held
    ) AS all_days
    GROUP BY platform, currency, day
),
running AS (
    SELECT platform, currency, day,
           sum(amount) OVER (PARTITION BY platform, currency ORDER BY day
                             RANGE BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING) AS before
    FROM daily
),
compared AS (
    SELECT h.*, coalesce(r.before, 0) + coalesce((
        SELECT sum(m.amount) FROM view_platforms.custody_moves AS m
        WHERE m.platform = h.platform AND m.currency = h.currency AND m.day BETWEEN h.day - 1 AND h.day + 1
          AND m.happened_at <= h.as_of AND m.position <= %(cutoff)s), 0) AS derived
    FROM held AS h
    JOIN running AS r ON r.platform = h.platform AND r.currency = h.currency AND r.day = h.day
),
differing AS MATERIALIZED (SELECT * FROM compared WHERE reported <> derived),
near AS (
    -- Booked but not at the custodian yet takes from what it reports; there already but booked later adds to it.
    SELECT d.platform, d.currency, d.day, d.reported - d.derived AS wanted, s.sign * m.amount AS alone,
           s.sign * sum(m.amount) OVER (
               PARTITION BY d.platform, d.currency, d.day, s.sign
               ORDER BY s.sign * extract(epoch FROM m.happened_at - d.as_of), s.sign * m.position) AS cut
    FROM differing AS d
    JOIN view_platforms.custody_moves AS m
      ON m.platform = d.platform AND m.currency = d.currency AND m.day BETWEEN d.day - 4 AND d.day + 4
     AND m.happened_at > d.as_of - interval '3 days' AND m.happened_at <= d.as_of + interval '3 days'
     AND m.position <= %(cutoff)s
    CROSS JOIN LATERAL (SELECT CASE WHEN m.happened_at <= d.as_of THEN -1 ELSE 1 END AS sign) AS s
),
settled AS (
    SELECT DISTINCT platform, currency, day FROM near WHERE cut = wanted OR alone = wanted
),
explained AS (
    SELECT d.*, CASE WHEN s.day IS NULL THEN 0 ELSE d.reported - d.derived END AS unsettled
    FROM differing AS d
    LEFT JOIN settled AS s ON s.platform = d.platform AND s.currency = d.currency AND s.day = d.day
)
SELECT
    l.position, e.day, extract(epoch FROM e.as_of)::bigint AS epoch, e.platform, e.currency, e.accounts, e.reported,
    e.derived, e.unsettled, 'statement' AS line, l.account, l.balance AS amount
FROM explained AS e
JOIN latest AS l ON l.platform = e.platform AND l.currency = e.currency AND l.day = e.day
UNION ALL
SELECT
    m.position, e.day, extract(epoch FROM e.as_of)::bigint, e.platform, e.currency, e.accounts, e.reported,
    e.derived, e.unsettled, 'movement', NULL, m.amount
FROM explained AS e
JOIN view_platforms.custody_moves AS m
  ON m.platform = e.platform AND m.currency = e.currency AND m.day <= e.day + 1 AND m.position <= %(cutoff)s
 AND m.happened_at <= e.as_of AND m.happened_at > coalesce(e.since, timestamptz '-infinity')

-- name: v1_activity
-- Per platform and day on which something happened there: the first event of it that became known, how many days after
-- the day before of its kind (`gap`), and the platform's standing at the cutoff.
SELECT
    a.position, a.day, a.day::bigint * 86400 AS epoch, a.platform, a.gap,
    coalesce((SELECT s.step FROM view_platforms.standings AS s
     WHERE s.platform = a.platform AND s.position <= %(cutoff)s
       AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
     ORDER BY s.position DESC LIMIT 1), 'registered') AS standing
FROM (
    SELECT platform, day, first_position AS position, day - lag(day) OVER (PARTITION BY platform ORDER BY day) AS gap
    FROM view_platforms.activity
    WHERE basis = 'happened' AND first_position <= %(cutoff)s
) AS a
WHERE a.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_parked
-- Events that wait for something that has not arrived: one row per event and key that it misses. They have no position.
-- A correction that waits for a second person misses nothing that the platform failed to report.
SELECT
    NULL::bigint AS position, extract(epoch FROM p.happened_at)::bigint / 86400 AS day,
    extract(epoch FROM p.happened_at)::bigint AS epoch, replace(p.source, 'platform:', '') AS platform,
    p.source || '/' || p.id AS event, p.type, m.missing
FROM parked AS p
CROSS JOIN LATERAL unnest(p.missing) AS m (missing)
WHERE p.parked_position <= %(cutoff)s AND (p.settled_position IS NULL OR p.settled_position > %(cutoff)s)
  AND left(m.missing, 9) <> 'approval:'
  AND extract(epoch FROM p.happened_at)::bigint / 86400 BETWEEN %(first_day)s AND %(last_day)s
