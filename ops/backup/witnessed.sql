-- How far a restored database goes.

-- name: standing
SELECT (SELECT coalesce(max(position), 0) FROM events), (SELECT coalesce(max(size), 0) FROM checkpoints)
