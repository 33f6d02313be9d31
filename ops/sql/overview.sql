-- The office's first page. Nothing here reads more than what waits, or a day's row of a few months.

-- name: reported
-- Along the key of `activity`, platform by platform.
SELECT a.day, sum(a.events)
FROM view_platforms.platforms AS p
JOIN LATERAL (
    SELECT day, events FROM view_platforms.activity
    WHERE platform = p.platform AND basis = 'happened' AND day BETWEEN %(first)s AND %(last)s
) AS a ON true
GROUP BY a.day ORDER BY a.day

-- name: at_risk
-- An entity that several alerts name counts once. Principal is a claim on the borrower: its account is negative.
WITH named AS (
    SELECT DISTINCT entity FROM view_alerts.alerts, unnest(subject) AS entity
    WHERE status <> 'closed' AND severity_rank >= 3 AND (starts_with(entity, 'campaign:') OR starts_with(entity, 'loan:'))
), accounts AS (
    SELECT split_part(entity, ':', 1) AS kind,
           CASE WHEN starts_with(entity, 'campaign:') THEN 'escrow/' ELSE 'principal/' END || substr(entity, strpos(entity, ':') + 1) AS account
    FROM named
)
SELECT a.kind, b.currency, count(*), sum(abs(b.balance))::bigint
FROM accounts AS a
JOIN view_balances.balances AS b ON b.account = a.account
WHERE b.balance <> 0
GROUP BY a.kind, b.currency ORDER BY a.kind, b.currency

-- name: corrections
SELECT count(*) FROM (
    SELECT FROM parked WHERE type = 'event.corrected' AND settled_at IS NULL LIMIT %(most)s
) AS waiting

-- name: parked
SELECT count(*) FROM (
    SELECT FROM parked WHERE type <> 'event.corrected' AND settled_at IS NULL AND parked_at < %(before)s LIMIT %(most)s
) AS waiting
