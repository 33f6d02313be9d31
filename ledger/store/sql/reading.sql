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

-- name: corrections
-- Corrections for which a second person is or was needed, oldest first, with what that person said.
SELECT number, source, id, happened_at, parked_at, body, settled_at, settled_position, outcome, state
FROM (
    SELECT p.*, s.state, CASE
        WHEN p.settled_at IS NULL THEN 'waiting'
        WHEN p.outcome = 'accepted' THEN 'approved'
        WHEN (s.state::json ->> 0)::boolean THEN 'refused'
        ELSE 'rejected' END AS status
    FROM parked AS p
    LEFT JOIN boundary_states AS s ON s.key = 'approval:' || regexp_replace(p.source, '^platform:', '') || '/' || p.id
    WHERE p.type = 'event.corrected' AND (s.key IS NOT NULL OR (p.settled_at IS NULL AND p.missing[1] LIKE 'approval:%%'))
) AS asked
WHERE (%(source)s::text IS NULL OR source = %(source)s) AND (%(id)s::text IS NULL OR id = %(id)s)
  AND (%(status)s::text IS NULL OR status = %(status)s) AND number > %(after)s
ORDER BY number LIMIT %(limit)s

-- name: last_refusal
SELECT code, detail FROM refusals WHERE source = %(source)s AND id = %(id)s ORDER BY number DESC LIMIT 1

-- name: links
-- The corrections of an event, and those that name it as their replacement.
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events
WHERE tags && ARRAY[%(corrected)s::text, %(replacing)s::text] AND type = 'event.corrected' AND source = %(source)s
ORDER BY position

-- name: refusals
SELECT number, source, id, code, detail, received_at, body, body_bytes, sealed, key_id, wrapped_key
FROM refusals LEFT JOIN refusal_keys USING (number)
WHERE (%(source)s::text IS NULL OR source = %(source)s) AND number > %(after)s
ORDER BY number LIMIT %(limit)s

-- name: refusals_newest
-- Of one source, newest first, below a number; by code, id and when they came in.
SELECT number, source, id, code, detail, received_at, body, body_bytes, sealed, key_id, wrapped_key
FROM refusals LEFT JOIN refusal_keys USING (number)
WHERE source = %(source)s AND (%(before)s::bigint IS NULL OR number < %(before)s)
  AND (%(code)s::text IS NULL OR code = %(code)s) AND (%(id)s::text IS NULL OR id = %(id)s)
  AND (%(since)s::timestamptz IS NULL OR received_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR received_at < %(until)s)
ORDER BY number DESC LIMIT %(limit)s

-- name: counts
-- What waits is counted up to a bound, what was refused as it is written: pages and scrapes ask this all the time.
SELECT (SELECT count(*) FROM (SELECT FROM parked WHERE settled_at IS NULL LIMIT %(bound)s) AS waiting),
       (SELECT coalesce(sum(refused), 0)::bigint FROM refusal_totals)
