-- Where answers stand: the end of the log, and how much of it is sealed.

-- name: head
SELECT coalesce(max(position), 0) FROM events

-- name: sealed
-- Behind since the first event that no signed tree head covers was recorded.
SELECT c.size,
       coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at))
                 FROM events e WHERE e.position = c.size + 1), 0)::float8,
       c.note
FROM checkpoints c ORDER BY c.size DESC LIMIT 1
