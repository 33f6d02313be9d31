-- Figures for /metrics, read when they are asked for.

-- name: figures
SELECT coalesce((SELECT max(position) FROM events), 0),
       (SELECT count(*) FROM parked WHERE settled_at IS NULL),
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 FROM parked WHERE settled_at IS NULL),
       coalesce((SELECT size FROM checkpoints ORDER BY size DESC LIMIT 1), 0)

-- name: refusals
SELECT code, count(*) FROM refusals GROUP BY code ORDER BY code

-- name: monitor
-- How long ago a scheduler last gave a sign of life (null: none runs), and the rules whose last run failed.
SELECT (SELECT extract(epoch FROM clock_timestamp() - max(beat_at))::float8 FROM scheduler_beats),
       (SELECT count(*) FROM (SELECT DISTINCT ON (rule) status FROM rule_runs ORDER BY rule, due_at DESC, number DESC) AS last
        WHERE status = 'failed')

-- name: witnesses
-- How far each witness's key has signed, and whether sealing was stopped.
SELECT coalesce((SELECT kind = 'stopped' FROM sealing_stops ORDER BY number DESC LIMIT 1), false),
       coalesce((SELECT json_object_agg(split_part(verifier_key, '+', 1) || '+' || split_part(verifier_key, '+', 2), size)
                 FROM (SELECT verifier_key, max(size) AS size FROM cosignatures GROUP BY verifier_key) AS signed), '{}')
