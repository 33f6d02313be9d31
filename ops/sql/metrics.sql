-- Figures for /metrics, read when they are asked for.

-- name: figures
SELECT coalesce((SELECT max(position) FROM events), 0),
       (SELECT count(*) FROM parked WHERE settled_at IS NULL),
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 FROM parked WHERE settled_at IS NULL),
       coalesce((SELECT size FROM checkpoints ORDER BY size DESC LIMIT 1), 0)

-- name: refusals
SELECT code, count(*) FROM refusals GROUP BY code ORDER BY code

-- name: monitor
-- How long ago a scheduler last gave a sign of life (null: none runs); rules whose last run failed, or has no answer.
SELECT (SELECT extract(epoch FROM clock_timestamp() - max(beat_at))::float8 FROM scheduler_beats),
       coalesce(sum((last.status = 'failed')::integer), 0), coalesce(sum((last.status = 'inconclusive')::integer), 0)
FROM (SELECT DISTINCT ON (rule) status FROM rule_runs WHERE kind <> 'shadow' ORDER BY rule, due_at DESC, number DESC) AS last

-- name: last_due
-- When each rule was last judged on schedule, and up to which position near real time.
SELECT rule, max(due_at) FILTER (WHERE kind = 'scheduled'), max(cutoff) FILTER (WHERE kind = 'near')
FROM rule_runs WHERE status IN ('done', 'inconclusive') AND kind IN ('scheduled', 'near') GROUP BY rule

-- name: unjudged
-- How old the first event is that a near-real-time rule might look at and has not seen.
SELECT coalesce(extract(epoch FROM clock_timestamp() - (
    SELECT recorded_at FROM events WHERE position > %(since)s AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s::text[]))
    ORDER BY position LIMIT 1)), 0)::float8


-- name: witnesses
-- How far each witness's key has signed, and whether sealing was stopped.
SELECT coalesce((SELECT kind = 'stopped' FROM sealing_stops ORDER BY number DESC LIMIT 1), false),
       coalesce((SELECT json_object_agg(split_part(verifier_key, '+', 1) || '+' || split_part(verifier_key, '+', 2), size)
                 FROM (SELECT verifier_key, max(size) AS size FROM cosignatures GROUP BY verifier_key) AS signed), '{}')

-- name: notifications
SELECT count(*) FILTER (WHERE status IN ('gathering', 'ready')), count(*) FILTER (WHERE status = 'dead') FROM deliveries
WHERE status <> 'sent'
