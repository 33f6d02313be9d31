-- The platforms as the office and everybody see them: in pages, in sets, by month.

-- name: listed
-- A page of platforms, by what is open on them (most severe first) or by name; `after` is the last row before the page.
WITH open AS (
    SELECT platform,
           count(*) FILTER (WHERE severity = 'critical') AS critical, count(*) FILTER (WHERE severity = 'high') AS high,
           count(*) FILTER (WHERE severity = 'medium') AS medium, count(*) FILTER (WHERE severity = 'low') AS low,
           count(*) FILTER (WHERE severity = 'info') AS info
    FROM view_alerts.alerts WHERE status <> 'closed' AND platform IS NOT NULL
    GROUP BY platform
), found AS (
    SELECT p.platform, p.name, p.kinds, p.status, p.jurisdiction, p.region, p.licence, p.licence_valid_to,
           p.registered_at, p.events, p.last_happened_at, p.last_recorded_at,
           coalesce(o.critical, 0) AS critical, coalesce(o.high, 0) AS high, coalesce(o.medium, 0) AS medium,
           coalesce(o.low, 0) AS low, coalesce(o.info, 0) AS info
    FROM view_platforms.platforms AS p LEFT JOIN open AS o USING (platform)
    WHERE (%(kind)s::text IS NULL OR %(kind)s = ANY (p.kinds))
      AND (%(status)s::text IS NULL OR p.status = %(status)s)
      AND (%(text)s::text IS NULL
           OR strpos(lower(concat_ws(' ', p.platform, p.name, p.licence, p.region)), lower(%(text)s)) > 0)
)
SELECT * FROM found
WHERE %(platform)s::text IS NULL
   OR (-critical, -high, -medium, -low, -info, platform COLLATE "C")
    > (-(%(critical)s::bigint), -(%(high)s::bigint), -(%(medium)s::bigint), -(%(low)s::bigint), -(%(info)s::bigint),
       %(platform)s::text COLLATE "C")
ORDER BY -critical, -high, -medium, -low, -info, platform COLLATE "C" LIMIT %(limit)s

-- name: registered
-- A page of the public register, by name.
SELECT platform, name, kinds, status, jurisdiction, region, licence, licence_valid_to, registered_at,
       events, last_happened_at, last_recorded_at
FROM view_platforms.platforms
WHERE (%(kind)s::text IS NULL OR %(kind)s = ANY (kinds))
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(text)s::text IS NULL OR strpos(lower(concat_ws(' ', platform, name, licence, region)), lower(%(text)s)) > 0)
  AND (%(after)s::text IS NULL OR platform COLLATE "C" > %(after)s)
ORDER BY platform COLLATE "C" LIMIT %(limit)s

-- name: numbers
-- How many platforms there are of each kind and status; one of two kinds is counted with both.
SELECT kind, status, count(*) FROM view_platforms.platforms CROSS JOIN LATERAL unnest(kinds) AS kind
GROUP BY kind, status ORDER BY kind, status

-- name: newest_statements
-- The newest word on each account, by platform and currency: its sum, and the earliest day that it is of.
SELECT platform, currency, sum(balance), min(as_of_at), min(as_of_day)
FROM (
    SELECT DISTINCT ON (platform, account, currency) platform, account, currency, balance, as_of_at, as_of_day
    FROM view_platforms.custody
    WHERE platform = ANY (%(platforms)s) AND corrected_position IS NULL
    ORDER BY platform, account, currency, as_of_at DESC, position DESC
) AS newest
GROUP BY platform, currency

-- name: held_by_month
-- What should lie at the custodian, whole months up to `month` of each platform and currency.
SELECT a.platform, a.currency, coalesce(sum(h.amount), 0)
FROM json_to_recordset(%(asked)s::json) AS a (platform text, currency text, month integer)
LEFT JOIN view_platforms.held AS h
  ON h.platform = a.platform AND h.currency = a.currency AND h.month <= a.month
GROUP BY a.platform, a.currency

-- name: held_months
-- What should lie there: what moved in each month from `first` to `last`, and all that moved before as month `first` - 1.
SELECT greatest(month, %(first)s::integer - 1) AS month, currency, sum(amount)
FROM view_platforms.held WHERE platform = %(platform)s AND month <= %(last)s
GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2

-- name: held_after
-- What moved behind a day within its month: `held_by_month` has it, a statement of the day has not. A subquery for each:
-- as a join, the planner, who can't know how few days these are, reads every move that there ever was.
SELECT a.platform, a.currency,
       coalesce((SELECT sum(m.amount) FROM view_platforms.custody_moves AS m
                 WHERE m.platform = a.platform AND m.currency = a.currency AND m.day > a.day AND m.day <= a.last_day), 0)
FROM json_to_recordset(%(asked)s::json) AS a (platform text, currency text, day integer, last_day integer)

-- name: held_currencies
SELECT DISTINCT platform, currency FROM view_platforms.held WHERE platform = ANY (%(platforms)s)

-- name: alerts
-- Alerts on a platform by the month in which they were found (UTC), their severity, and what became of them.
SELECT extract(year FROM found_at AT TIME ZONE 'UTC')::integer * 12
       + extract(month FROM found_at AT TIME ZONE 'UTC')::integer - 1 AS month,
       severity, CASE WHEN status = 'closed' THEN coalesce(outcome, 'closed') ELSE 'open' END AS outcome, count(*)
FROM view_alerts.alerts
WHERE platform = %(platform)s AND found_at >= %(since)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3

-- name: refused
-- What was refused of a platform, by the month of receipt (UTC) and the code.
SELECT extract(year FROM day)::integer * 12 + extract(month FROM day)::integer - 1 AS month, code, sum(refused)
FROM refusal_counts
WHERE source = %(source)s AND day >= %(since)s
GROUP BY 1, 2 ORDER BY 1, 2
