-- What the scheduler and the command `rules run` ask.

-- name: last_due
-- When each rule was last judged on schedule, whatever its version: one look at an index for each.
SELECT r.rule, l.due_at
FROM unnest(%(rules)s::text[]) AS r (rule)
CROSS JOIN LATERAL (SELECT due_at FROM rule_runs AS x
                    WHERE x.rule = r.rule AND x.kind = 'scheduled' AND x.status IN ('done', 'inconclusive')
                    ORDER BY x.due_at DESC LIMIT 1) AS l

-- name: view_positions
SELECT name, position FROM view_cursors WHERE name NOT LIKE '%\_\_%'

-- name: behind
-- Is there an event from before the due time that the views have not folded? Positions and known time rise together.
SELECT EXISTS (SELECT FROM events WHERE position = %(cutoff)s + 1 AND recorded_at <= %(due_at)s)

-- name: beat
INSERT INTO scheduler_beats (scheduler, beat_at) VALUES (%(scheduler)s, %(now)s)
ON CONFLICT ON CONSTRAINT scheduler_beats_pkey DO UPDATE SET beat_at = EXCLUDED.beat_at

-- name: forget_beat
DELETE FROM scheduler_beats WHERE scheduler = %(scheduler)s

-- name: active_days
-- The days on which anything happened, local to what was reported: what is worth judging where no day was named.
SELECT DISTINCT day FROM view_platforms.activity WHERE basis = 'happened' AND day <= %(last)s ORDER BY day

-- name: last_runs
-- Each rule's newest run, but for the shadow's: when, how it ended, why not well.
SELECT v.rule, n.*
FROM (SELECT DISTINCT rule FROM rule_versions) AS v
CROSS JOIN LATERAL (SELECT kind, status, started_at, findings, rows_read, duration_ms, error
                    FROM rule_runs AS x WHERE x.rule = v.rule AND x.kind <> 'shadow' ORDER BY x.number DESC LIMIT 1) AS n
ORDER BY v.rule

-- name: ended_runs
SELECT number FROM rule_runs WHERE status IN ('done', 'inconclusive') ORDER BY number
