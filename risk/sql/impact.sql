-- What an event means for the monitor's past answers.

-- name: alerts
-- Alerts that have one of the positions in their evidence, and those found before the event whose window covers its day
-- and whose subject it concerns.
SELECT id, rule, severity, status, platform, found_position, found_at, first_day, last_day, shareable,
       evidence && %(positions)s::bigint[] AS evidence
FROM view_alerts.alerts
WHERE evidence && %(positions)s::bigint[]
   OR (found_position < %(position)s AND first_day <= %(day)s::date AND last_day >= %(day)s::date AND subject && %(tags)s)
ORDER BY severity_rank DESC, score DESC, id
LIMIT %(limit)s

-- name: runs
-- The past runs that judged the event's day, or a later one, without knowing the event: by what exactly was run.
SELECT r.rule, r.version, array_agg(DISTINCT r.number ORDER BY r.number), array_agg(DISTINCT d.day ORDER BY d.day),
       r.params, v.document::text, v.sql, v.statement
FROM rule_runs AS r
JOIN rule_versions AS v USING (rule, version, hash, statement_hash)
CROSS JOIN unnest(r.days) AS d (day)
-- Runs in near real time looked at some groups only, a candidate's found nothing that anybody was told.
WHERE r.status = 'done' AND r.kind NOT IN ('near', 'shadow') AND r.cutoff < %(position)s AND d.day >= %(day)s
GROUP BY r.rule, r.version, r.params, v.hash, v.statement_hash, v.document::text, v.sql, v.statement
ORDER BY r.rule, r.version

-- name: patience
SET LOCAL statement_timeout = '5s'
