-- Inputs of rules: what was reported and waits. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_parked
-- Events that wait for something that has not arrived: one row per event and key that it misses. They have no position.
-- A correction that waits for a second person misses nothing that the platform failed to report.
SELECT
    NULL::bigint AS position, extract(epoch FROM p.happened_at)::bigint / 86400 AS day,
    extract(epoch FROM p.happened_at)::bigint AS epoch, replace(p.source, 'platform:', '') AS platform,
    p.source || '/' || p.id AS event, p.type, m.missing
FROM parked AS p
CROSS JOIN LATERAL unnest(p.missing) AS m (missing)
WHERE p.parked_position <= %(cutoff)s AND (p.settled_position IS NULL OR p.settled_position > %(cutoff)s)
  AND left(m.missing, 9) <> 'approval:'
  AND extract(epoch FROM p.happened_at)::bigint / 86400 BETWEEN %(first_day)s AND %(last_day)s
