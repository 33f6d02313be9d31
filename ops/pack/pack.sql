-- What a pack is made of.

-- name: entries
SELECT position, body, postings, recorded_at FROM events
WHERE position > %(after)s AND position <= %(end)s ORDER BY position

-- name: checkpoints
SELECT size, note FROM checkpoints WHERE size <= %(size)s ORDER BY size
