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
