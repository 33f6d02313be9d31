-- What the api asks of the views. Every list is bounded and in a total order; `after_...` is the last row before the page.

-- name: lag
-- How long ago the first event was recorded that a view at this position lacks; no row where it lacks none.
SELECT greatest(0, extract(epoch FROM clock_timestamp() - recorded_at))::float8
FROM events WHERE position = %(position)s + 1

-- name: totals_then
-- In both times: what had happened by `at`, as far as it was known at `known_at`; null: no bound.
SELECT currency, sum(amount)
FROM view_balances.postings
WHERE account ~>=~ %(first)s AND account ~<~ %(end)s
  AND (%(at)s::timestamptz IS NULL OR effective_at <= %(at)s)
  AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)
GROUP BY currency ORDER BY currency

-- name: platforms
SELECT platform, name, kinds, status, jurisdiction, region, licence, licence_valid_to, registered_at,
       events, last_happened_at, last_recorded_at
FROM view_platforms.platforms
WHERE platform COLLATE "C" > %(after)s
ORDER BY platform COLLATE "C" LIMIT %(limit)s

-- name: platform
SELECT platform, name, kinds, status, jurisdiction, region, licence, licence_valid_to, registered_at,
       events, last_happened_at, last_recorded_at
FROM view_platforms.platforms WHERE platform = %(platform)s

-- name: month
-- The last month that the platform reported about, as it stands.
SELECT month, metrics FROM view_platforms.months
WHERE platform = %(platform)s AND corrected_position IS NULL
ORDER BY month DESC, position DESC LIMIT 1

-- name: open_alerts
SELECT platform, count(*) FROM view_alerts.alerts
WHERE platform = ANY (%(platforms)s) AND status <> 'closed' GROUP BY platform

-- name: waiting_and_refused
SELECT (SELECT count(*) FROM parked WHERE settled_at IS NULL AND source = %(source)s),
       (SELECT coalesce(sum(refused), 0)::bigint FROM refusal_totals WHERE source = %(source)s)

-- name: officers
SELECT name FROM users WHERE role = 'regulator' AND disabled_at IS NULL ORDER BY name

-- name: hurry
-- Whoever waits for an answer waits no longer than this.
SELECT set_config('statement_timeout', %(milliseconds)s, true)
