-- Where answers stand: the end of the log, and how far each view has come.

-- name: head
SELECT coalesce(max(position), 0) FROM events

-- name: view
-- Behind since the first event that the view doesn't have was recorded.
SELECT c.position,
       coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at))
                 FROM events e WHERE e.position = c.position + 1), 0)::float8
FROM view_cursors c WHERE c.name = %(view)s

-- name: views
SELECT c.name, c.position,
       coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at))
                 FROM events e WHERE e.position = c.position + 1), 0)::float8,
       c.state, c.error
FROM view_cursors c ORDER BY c.name

-- name: sealed
SELECT c.size,
       coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at))
                 FROM events e WHERE e.position = c.size + 1), 0)::float8,
       c.note
FROM checkpoints c ORDER BY c.size DESC LIMIT 1
