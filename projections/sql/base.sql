-- name: bodies
-- For what a decoded event doesn't show: the offset of its time, as it was written.
SELECT position, body FROM events WHERE position = ANY (%(positions)s)
