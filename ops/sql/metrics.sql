-- Figures for /metrics, read when they are asked for.

-- name: figures
SELECT coalesce((SELECT max(position) FROM events), 0),
       (SELECT count(*) FROM parked WHERE settled_at IS NULL),
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8 FROM parked WHERE settled_at IS NULL),
       coalesce((SELECT size FROM checkpoints ORDER BY size DESC LIMIT 1), 0)

-- name: refusals
SELECT code, count(*) FROM refusals GROUP BY code ORDER BY code
