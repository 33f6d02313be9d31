-- Figures for /metrics, read when they are asked for.

-- name: figures
SELECT coalesce((SELECT max(position) FROM events), 0),
       (SELECT count(*) FROM parked WHERE settled_at IS NULL),
       -- Parked in the order of their numbers: the first that waits is the oldest.
       coalesce((SELECT extract(epoch FROM clock_timestamp() - parked_at) FROM parked
                 WHERE settled_at IS NULL ORDER BY number LIMIT 1), 0)::float8,
       coalesce((SELECT size FROM checkpoints ORDER BY size DESC LIMIT 1), 0)

-- name: refusals
-- Counted as they are written.
SELECT code, sum(refused)::bigint FROM refusal_totals GROUP BY code ORDER BY code

-- name: monitor
-- How long ago a scheduler last gave a sign of life (null: none runs); rules whose last run failed, or has no answer.
SELECT (SELECT extract(epoch FROM clock_timestamp() - max(beat_at))::float8 FROM scheduler_beats),
       coalesce(sum((last.status = 'failed')::integer), 0), coalesce(sum((last.status = 'inconclusive')::integer), 0)
FROM (SELECT DISTINCT rule FROM rule_versions) AS v
CROSS JOIN LATERAL (SELECT status FROM rule_runs AS x WHERE x.rule = v.rule AND x.kind <> 'shadow'
                    ORDER BY x.number DESC LIMIT 1) AS last

-- name: last_due
-- When each rule was last judged on schedule, and up to which position near real time.
SELECT v.rule, s.due_at, n.cutoff
FROM (SELECT DISTINCT rule FROM rule_versions) AS v
LEFT JOIN LATERAL (SELECT due_at FROM rule_runs AS x
                   WHERE x.rule = v.rule AND x.kind = 'scheduled' AND x.status IN ('done', 'inconclusive')
                   ORDER BY x.due_at DESC LIMIT 1) AS s ON true
LEFT JOIN LATERAL (SELECT cutoff FROM rule_runs AS x
                   WHERE x.rule = v.rule AND x.kind = 'near' AND x.status IN ('done', 'inconclusive')
                   ORDER BY x.cutoff DESC LIMIT 1) AS n ON true
WHERE s.due_at IS NOT NULL OR n.cutoff IS NOT NULL

-- name: unjudged
-- How old the first event is that a near-real-time rule might look at and has not seen.
SELECT coalesce(extract(epoch FROM clock_timestamp() - (
    SELECT recorded_at FROM events WHERE position > %(since)s AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s::text[]))
    ORDER BY position LIMIT 1)), 0)::float8


-- name: witnesses
-- How far each witness's key has signed (one look at an index for each), and whether sealing was stopped.
WITH RECURSIVE signed AS (
    (SELECT verifier_key, size FROM cosignatures ORDER BY verifier_key, size DESC LIMIT 1)
    UNION ALL
    SELECT n.* FROM signed AS s CROSS JOIN LATERAL (
        SELECT verifier_key, size FROM cosignatures WHERE verifier_key > s.verifier_key
        ORDER BY verifier_key, size DESC LIMIT 1) AS n
)
SELECT coalesce((SELECT kind = 'stopped' FROM sealing_stops ORDER BY number DESC LIMIT 1), false),
       coalesce((SELECT json_object_agg(split_part(verifier_key, '+', 1) || '+' || split_part(verifier_key, '+', 2), size)
                 FROM signed), '{}')

-- name: notifications
SELECT count(*) FILTER (WHERE status IN ('gathering', 'ready')), count(*) FILTER (WHERE status = 'dead') FROM deliveries
WHERE status <> 'sent'
