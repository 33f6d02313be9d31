-- A platform's own: every statement has its source, every list a bound.

-- name: waiting
SELECT number, source, id, type, happened_at, parked_at, missing, body
FROM parked
WHERE settled_at IS NULL AND source = %(source)s
  AND (%(before)s::bigint IS NULL OR number < %(before)s)
  AND (%(type)s::text IS NULL OR type = %(type)s) AND (%(id)s::text IS NULL OR id = %(id)s)
  AND (%(since)s::timestamptz IS NULL OR parked_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR parked_at < %(until)s)
ORDER BY number DESC LIMIT %(limit)s

-- name: held
SELECT number, source, id, type, happened_at, parked_at, missing, body, settled_at, settled_position, outcome
FROM parked WHERE source = %(source)s AND number = %(number)s

-- name: fates
SELECT id, position, recorded_at FROM events WHERE source = %(source)s AND id = ANY (%(ids)s)
UNION ALL
SELECT id, NULL, parked_at FROM parked WHERE settled_at IS NULL AND source = %(source)s AND id = ANY (%(ids)s)

-- name: mends
-- What was sent in the place of refused items and is in the log, or waits; the newest last.
SELECT m.number, m.id, e.position, coalesce(e.recorded_at, p.parked_at)
FROM mends AS m
LEFT JOIN events AS e ON e.source = m.source AND e.id = m.id
LEFT JOIN parked AS p ON p.source = m.source AND p.id = m.id AND p.settled_at IS NULL
WHERE m.source = %(source)s AND m.number = ANY (%(numbers)s) AND (e.id IS NOT NULL OR p.id IS NOT NULL)
ORDER BY m.sent_at

-- name: add_mend
INSERT INTO mends (number, source, id, sent_by, sent_at)
SELECT %(number)s, %(source)s, %(id)s, %(sent_by)s, %(now)s
WHERE EXISTS (SELECT FROM refusals WHERE source = %(source)s AND number = %(number)s)
ON CONFLICT DO NOTHING

-- name: sent
-- Per type the newest, from the index alone; then the newest of these.
SELECT e.position, e.id, t.type, e.happened_at, e.recorded_at
FROM unnest(%(types)s::text[]) AS t (type)
CROSS JOIN LATERAL (
    SELECT position, id, happened_at, recorded_at FROM events
    WHERE source = %(source)s AND events.type = t.type AND (%(before)s::bigint IS NULL OR position < %(before)s)
    ORDER BY position DESC LIMIT %(limit)s
) AS e
ORDER BY e.position DESC LIMIT %(limit)s

-- name: refused_by_day
SELECT code, day - DATE '1970-01-01', refused FROM refusal_counts
WHERE source = %(source)s AND day >= %(first)s ORDER BY code, day

-- name: refused_ever
SELECT coalesce(sum(refused), 0)::bigint FROM refusal_totals WHERE source = %(source)s

-- name: last_refused
SELECT received_at FROM refusals WHERE source = %(source)s ORDER BY number DESC LIMIT 1

-- name: parked_now
-- Up to a bound: whoever has that many knows that it is too many. And when the newest came.
SELECT (SELECT count(*) FROM (SELECT FROM parked
                              WHERE settled_at IS NULL AND source = %(source)s LIMIT %(limit)s) AS waiting),
       (SELECT parked_at FROM parked WHERE settled_at IS NULL AND source = %(source)s ORDER BY number DESC LIMIT 1)

-- name: keys
SELECT id, name, created_at, created_by, last_used_at, revoked_at, revoked_by
FROM api_keys WHERE source = %(source)s AND role = 'platform'
ORDER BY created_at DESC, id LIMIT %(limit)s

-- name: hold_keys
-- Two who make a key at once count one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(%(source)s, 7205763))

-- name: keys_in_use
SELECT count(*) FROM api_keys WHERE source = %(source)s AND role = 'platform' AND revoked_at IS NULL

-- name: add_key
INSERT INTO api_keys (id, name, role, source, digest, created_at, created_by)
VALUES (%(id)s, %(name)s, 'platform', %(source)s, %(digest)s, %(now)s, %(by)s)

-- name: revoke_key
UPDATE api_keys SET revoked_at = %(now)s, revoked_by = %(by)s
WHERE id = %(id)s AND source = %(source)s AND role = 'platform' AND revoked_at IS NULL
RETURNING id
