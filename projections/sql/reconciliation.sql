-- Reconciliation of custody: what custodians reported against what the log says, per platform, currency and day.
-- Reads the view `platforms`. Everything is as of position `cutoff`: a statement or movement known later doesn't count.

-- name: statements
-- One row per currency and day with a statement: the last word of each account (at most 35 days old; `stale` are those
-- without one of that day), and the sum of all movements up to the latest of these moments. A movement's own day is at
-- its own UTC offset, at most one day from any other's: whole days are summed up to two days before, moments after.
WITH reports AS (
    SELECT position, account, currency, balance, as_of_day, as_of_at
    FROM view_platforms.custody
    WHERE platform = %(platform)s AND position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
), days AS (
    SELECT currency, as_of_day AS day, max(as_of_at) AS as_of FROM reports GROUP BY currency, as_of_day
), latest AS (
    SELECT DISTINCT ON (d.currency, d.day, r.account)
        d.currency, d.day, d.as_of, r.account, r.balance, r.position, r.as_of_day
    FROM days AS d
    JOIN reports AS r ON r.currency = d.currency AND r.as_of_day <= d.day AND r.as_of_day > d.day - 35
    ORDER BY d.currency, d.day, r.account, r.as_of_at DESC, r.position DESC
), held AS (
    SELECT currency, day, as_of, sum(balance) AS reported, array_agg(position ORDER BY account) AS positions,
           array_agg(account ORDER BY account) AS accounts, array_agg(balance ORDER BY account) AS balances,
           coalesce(array_agg(account ORDER BY account) FILTER (WHERE as_of_day < day), '{}') AS stale
    FROM latest GROUP BY currency, day, as_of
), daily AS (
    SELECT currency, day, sum(amount) AS amount
    FROM (
        SELECT currency, day, amount FROM view_platforms.custody_moves
        WHERE platform = %(platform)s AND position <= %(cutoff)s
        UNION ALL
        SELECT currency, day, 0 FROM days
    ) AS all_days
    GROUP BY currency, day
), running AS (
    SELECT currency, day,
           sum(amount) OVER (PARTITION BY currency ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING) AS before
    FROM daily
)
SELECT h.currency, h.day, h.as_of, h.reported, h.positions, h.accounts, h.balances, h.stale,
       coalesce(r.before, 0) + coalesce((
           SELECT sum(m.amount) FROM view_platforms.custody_moves AS m
           WHERE m.platform = %(platform)s AND m.currency = h.currency AND m.day BETWEEN h.day - 1 AND h.day + 1
             AND m.happened_at <= h.as_of AND m.position <= %(cutoff)s
       ), 0) AS derived
FROM held AS h
JOIN running AS r ON r.currency = h.currency AND r.day = h.day
ORDER BY h.currency, h.day

-- name: near
-- The movements around the moments of statements that don't agree, by time.
SELECT d.day AS statement_day, m.position, m.happened_at, m.amount
FROM unnest(%(days)s::integer[], %(moments)s::timestamptz[]) AS d (day, as_of)
JOIN view_platforms.custody_moves AS m
  ON m.platform = %(platform)s AND m.currency = %(currency)s AND m.position <= %(cutoff)s
 AND m.day BETWEEN d.day - %(within_days)s - 1 AND d.day + %(within_days)s + 1
 AND m.happened_at > d.as_of - %(within)s AND m.happened_at <= d.as_of + %(within)s
ORDER BY d.day, m.happened_at, m.position

-- name: lines
-- A page of what moved between two statements, in order of valid time, with the event that moved it. A late line has
-- been recorded after the statement's moment.
SELECT m.position, m.happened_at, e.recorded_at, e.source, e.id, e.type, m.amount
FROM view_platforms.custody_moves AS m
JOIN events AS e ON e.position = m.position
WHERE m.platform = %(platform)s AND m.currency = %(currency)s AND m.position <= %(cutoff)s
  AND m.happened_at > %(since)s AND m.happened_at <= %(as_of)s
  AND (m.happened_at, m.position) > (%(after_at)s, %(after)s)
ORDER BY m.happened_at, m.position LIMIT %(limit)s

-- name: by_type
-- The same, added up by the kind of event: `lines` and `amount` of each.
SELECT e.type, count(*) AS lines, sum(m.amount) AS amount
FROM view_platforms.custody_moves AS m
JOIN events AS e ON e.position = m.position
WHERE m.platform = %(platform)s AND m.currency = %(currency)s AND m.position <= %(cutoff)s
  AND m.happened_at > %(since)s AND m.happened_at <= %(as_of)s
GROUP BY e.type ORDER BY e.type

-- name: platforms
SELECT DISTINCT platform FROM view_platforms.custody WHERE corrected_position IS NULL ORDER BY platform

-- name: position_at
-- Where the log ended at a moment of known time.
SELECT coalesce(max(position), 0) FROM events WHERE recorded_at <= %(known_at)s
