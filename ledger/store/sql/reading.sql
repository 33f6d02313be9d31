-- name: head
SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1

-- name: event
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events WHERE source = %(source)s AND id = %(id)s

-- name: batch
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events WHERE position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: tagged
-- What concerns one entity, in order.
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events WHERE tags @> ARRAY[%(tag)s::text] AND position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: at_positions
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events WHERE position = ANY (%(positions)s) ORDER BY position

-- name: states
SELECT key, state FROM boundary_states WHERE key = ANY (%(keys)s)

-- name: parked
SELECT number, source, id, type, happened_at, parked_at, missing, body
FROM parked
WHERE settled_at IS NULL AND (%(source)s::text IS NULL OR source = %(source)s) AND number > %(after)s
ORDER BY number LIMIT %(limit)s

-- name: parked_one
SELECT number, source, id, type, happened_at, parked_at, missing, body
FROM parked WHERE settled_at IS NULL AND source = %(source)s AND id = %(id)s

-- name: refusals
SELECT number, source, id, code, detail, received_at, body, body_bytes
FROM refusals
WHERE (%(source)s::text IS NULL OR source = %(source)s) AND number > %(after)s
ORDER BY number LIMIT %(limit)s

-- name: counts
SELECT (SELECT count(*) FROM parked WHERE settled_at IS NULL), (SELECT count(*) FROM refusals)
