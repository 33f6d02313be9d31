-- Inputs of rules: platforms: custody against the books, and signs of life. What every input keeps to is said in risk/inputs/__init__.py.

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

-- name: v1_custody_step
-- Custody as it was stated, day by day: one row per platform, currency and day with a statement, the sum over its accounts.
-- `run` names a row of equal statements by the position of its first. `turnover` is what moved by the books since the
-- statement before, in and out together, `net` by how much the books changed: 0 both on the first of a run.
WITH words AS (
    SELECT DISTINCT ON (platform, currency, account, as_of_day)
        platform, currency, as_of_day AS day, as_of_at, position, balance
    FROM view_platforms.custody
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    ORDER BY platform, currency, account, as_of_day, as_of_at DESC, position DESC
),
totals AS (
    SELECT platform, currency, day, max(position) AS position, max(extract(epoch FROM as_of_at))::bigint AS epoch,
           sum(balance) AS balance, count(*) AS accounts
    FROM words
    GROUP BY platform, currency, day
),
steps AS (
    SELECT t.*, lag(day) OVER w AS day_before,
           CASE WHEN balance = lag(balance) OVER w AND accounts = lag(accounts) OVER w THEN 0 ELSE 1 END AS turned
    FROM totals AS t
    WINDOW w AS (PARTITION BY platform, currency ORDER BY day)
),
runs AS (
    SELECT s.*, max(CASE WHEN turned = 1 THEN position END) OVER (PARTITION BY platform, currency ORDER BY day) AS run
    FROM steps AS s
)
SELECT
    r.position, r.day, r.epoch, r.platform, r.currency, r.run::text AS run, r.balance,
    coalesce((SELECT sum(abs(m.amount)) FROM view_platforms.custody_moves AS m
     WHERE r.turned = 0 AND m.platform = r.platform AND m.currency = r.currency
       AND m.day > r.day_before AND m.day <= r.day AND m.position <= %(cutoff)s), 0) AS turnover,
    coalesce((SELECT sum(m.amount) FROM view_platforms.custody_moves AS m
     WHERE r.turned = 0 AND m.platform = r.platform AND m.currency = r.currency
       AND m.day > r.day_before AND m.day <= r.day AND m.position <= %(cutoff)s), 0) AS net
FROM runs AS r
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_control_step
-- What a change of control is read from, by `act`: `control` when somebody became officer of the operating company (the
-- party `operator`) or owner of a quarter or more of it; `listed` a listing with its rate; `account` the first statement of
-- a custody account. `age`: days since the platform's registration. `rate` is in basis points.
WITH first_words AS (
    SELECT DISTINCT ON (platform, account, currency)
        platform, account, currency, position, as_of_day AS day, extract(epoch FROM as_of_at)::bigint AS epoch
    FROM view_platforms.custody
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    ORDER BY platform, account, currency, as_of_day, position
),
steps AS (
    SELECT p.platform, r.position, r.day, r.epoch, 'control' AS act, r.party, r.relation AS detail,
           NULL::bigint AS amount, NULL::bigint AS rate
    FROM view_platforms.platforms AS p
    JOIN view_investors.relations AS r ON r.other = 'party:' || p.platform || '/operator'
     AND (r.relation = 'officer' OR r.relation = 'owner' AND (r.share_ppm IS NULL OR r.share_ppm >= 250000))
    WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s AND %(last_day)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT l.scope, l.listed_position, l.listed_day, l.listed_epoch, 'listed', NULL, l.key, l.amount,
           l.listed_annual_rate_ppm / 100
    FROM view_loans.loans AS l
    WHERE l.listed_position <= %(cutoff)s AND l.listed_day BETWEEN %(first_day)s AND %(last_day)s
      AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT platform, position, day, epoch, 'account', NULL, account, NULL, NULL
    FROM first_words
    WHERE day BETWEEN %(first_day)s AND %(last_day)s
)
SELECT s.position, s.day, s.epoch, s.platform, s.act, s.party, s.detail, s.amount, s.rate, s.day - b.day AS age
FROM steps AS s
JOIN LATERAL (
    SELECT min(t.day) AS day FROM view_platforms.standings AS t
    WHERE t.platform = s.platform AND t.step = 'registered' AND t.position <= %(cutoff)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
) AS b ON true
