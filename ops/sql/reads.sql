-- Where answers stand: the end of the log, and how much of it is sealed.

-- name: head
SELECT coalesce(max(position), 0) FROM events

-- name: sealing
-- How far the tree is signed, since when the first event waits that no signed head covers, and why nothing is signed.
SELECT coalesce(c.size, -1),
       coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at))
                 FROM events e WHERE e.position = coalesce(c.size, 0) + 1), 0)::float8,
       coalesce((SELECT max(size) FROM cosignatures), 0), s.kind, s.reason
FROM (SELECT) AS one
LEFT JOIN LATERAL (SELECT size FROM checkpoints ORDER BY size DESC LIMIT 1) AS c ON true
LEFT JOIN LATERAL (SELECT kind, reason FROM sealing_stops ORDER BY number DESC LIMIT 1) AS s ON true
