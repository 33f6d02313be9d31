-- How the log itself does. Every answer is bounded: by an index, by a number of rows, or by a counter.

-- name: witnesses
-- How far each witness's key has signed: one look at an index for each.
WITH RECURSIVE signed AS (
    (SELECT verifier_key, size FROM cosignatures ORDER BY verifier_key, size DESC LIMIT 1)
    UNION ALL
    SELECT n.* FROM signed AS s CROSS JOIN LATERAL (
        SELECT verifier_key, size FROM cosignatures WHERE verifier_key > s.verifier_key
        ORDER BY verifier_key, size DESC LIMIT 1) AS n
)
SELECT s.verifier_key, s.size, c.sealed_at FROM signed AS s LEFT JOIN checkpoints AS c ON c.size = s.size
ORDER BY s.verifier_key

-- name: stops
SELECT kind, at, size, reason FROM sealing_stops ORDER BY number DESC LIMIT 20

-- name: heads
SELECT size, sealed_at FROM checkpoints ORDER BY size DESC LIMIT 20

-- name: pace
-- Heads are signed once a second at most, so three hours have 10,800. What a minute added is told by its last head and
-- that of the minute before it.
WITH newest AS (
    SELECT size, sealed_at FROM checkpoints ORDER BY size DESC LIMIT 10800
), minutes AS (
    SELECT date_trunc('minute', sealed_at) AS minute, max(size) AS size FROM newest
    WHERE sealed_at > %(since)s - interval '1 minute' GROUP BY 1
), counted AS (
    SELECT minute, size - coalesce(lag(size) OVER (ORDER BY minute),
                                   (SELECT max(size) FROM newest WHERE sealed_at < (SELECT min(minute) FROM minutes)), 0) AS entries
    FROM minutes
)
SELECT minute, entries FROM counted WHERE minute > %(since)s ORDER BY minute

-- name: waiting
-- The oldest that wait, by age and by what they wait for first.
WITH oldest AS (
    SELECT parked_at, split_part(missing[1], ':', 1) AS kind FROM parked
    WHERE settled_at IS NULL ORDER BY number LIMIT %(bound)s
)
SELECT count(*),
       count(*) FILTER (WHERE parked_at > %(now)s - interval '1 hour'),
       count(*) FILTER (WHERE parked_at <= %(now)s - interval '1 hour' AND parked_at > %(now)s - interval '1 day'),
       count(*) FILTER (WHERE parked_at <= %(now)s - interval '1 day' AND parked_at > %(now)s - interval '7 days'),
       count(*) FILTER (WHERE parked_at <= %(now)s - interval '7 days')
FROM oldest

-- name: waits_for
SELECT %(what)s, named, count(*) FROM (
    SELECT CASE WHEN %(what)s = 'kind' THEN split_part(missing[1], ':', 1) ELSE missing[1] END AS named FROM parked
    WHERE settled_at IS NULL ORDER BY number LIMIT %(bound)s) AS oldest
GROUP BY named ORDER BY count(*) DESC, named COLLATE "C" LIMIT 10

-- name: refused
SELECT day, source, code, refused FROM refusal_counts WHERE day >= %(since)s
ORDER BY day DESC, refused DESC, source COLLATE "C", code COLLATE "C" LIMIT 2000

-- name: refused_ever
SELECT code, sum(refused)::bigint FROM refusal_totals GROUP BY code ORDER BY 2 DESC, code COLLATE "C"

-- name: refused_page
-- Newest first, of one source, of one reason.
SELECT number, source, id, code, detail, received_at, body, body_bytes, sealed, key_id, wrapped_key
FROM refusals LEFT JOIN refusal_keys USING (number)
WHERE number < %(before)s AND (%(source)s::text IS NULL OR source = %(source)s) AND (%(code)s::text IS NULL OR code = %(code)s)
ORDER BY number DESC LIMIT %(limit)s

-- name: refused_one
SELECT number, source, id, code, detail, received_at, body, body_bytes, sealed, key_id, wrapped_key
FROM refusals LEFT JOIN refusal_keys USING (number) WHERE number = %(number)s

-- name: parked_one
SELECT number, source, id, type, happened_at, parked_at, missing, body, settled_at, settled_position, outcome
FROM parked WHERE number = %(number)s

-- name: arrived
SELECT key FROM boundary_states WHERE key = ANY (%(keys)s)

-- name: beside
SELECT count(*) FROM (
    SELECT FROM parked WHERE settled_at IS NULL AND missing @> ARRAY[%(key)s::text] AND number <> %(number)s LIMIT 1000) AS others
