-- What `fsck` asks. Everything is asked in one snapshot.

-- name: session
SET timezone = 'UTC'; SET jit = off

-- name: head
SELECT coalesce(max(position), 0), count(*) FROM events

-- name: rows
SELECT position, source, id, type, happened_at, recorded_at, body, postings, content_hash, leaf, tags
FROM events WHERE position > %(after)s AND position <= %(until)s ORDER BY position LIMIT %(limit)s

-- name: make_states
-- Derived states wait here, out of the program's memory, and vanish with the transaction.
CREATE TEMPORARY TABLE fsck_states (
    key text NOT NULL PRIMARY KEY, state text NOT NULL, position bigint NOT NULL
) ON COMMIT DROP

-- name: states
SELECT s.key, s.state
FROM unnest(string_to_array(%(keys)s, E'\x1f')) AS asked (key) JOIN fsck_states AS s ON s.key = asked.key

-- name: pledges_of
-- The pledges of a campaign, as derived so far.
SELECT made.key, (SELECT s.state FROM fsck_states AS s WHERE s.key = made.key) AS state
FROM (
    SELECT DISTINCT tag AS key FROM events CROSS JOIN LATERAL unnest(tags) AS tag
    WHERE tags @> ARRAY[%(campaign)s::text] AND type = 'pledge.made' AND position < %(before)s
      AND starts_with(tag, 'pledge:')
) AS made

-- name: put_states
INSERT INTO fsck_states AS s (key, state, position)
SELECT * FROM unnest(
    string_to_array(%(keys)s, E'\x1f'), string_to_array(%(states)s, E'\x1f'),
    string_to_array(%(positions)s, E'\x1f')::bigint[]
)
ON CONFLICT (key) DO UPDATE SET state = excluded.state, position = excluded.position

-- name: differing_states
SELECT key, coalesce(f.position, b.position), b.position, b.state, f.position, f.state
FROM boundary_states AS b FULL JOIN fsck_states AS f USING (key)
WHERE b.state IS DISTINCT FROM f.state OR b.position IS DISTINCT FROM f.position
ORDER BY 2, key LIMIT 1000

-- name: repeated_keys
-- Asked of the table, not of its unique index: an index can be broken too.
SELECT source, id, min(position), count(*) FROM events GROUP BY source, id HAVING count(*) > 1 LIMIT 100

-- name: corrected_twice
SELECT source, convert_from(body, 'UTF8')::json -> 'data' ->> 'corrects', min(position), count(*)
FROM events WHERE type = 'event.corrected' GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 100

-- name: parked_and_recorded
-- An event is parked or recorded, never both.
SELECT p.source, p.id, e.position FROM parked AS p JOIN events AS e USING (source, id)
WHERE p.settled_at IS NULL LIMIT 100

-- name: settled_and_absent
-- What was accepted from among the parked stands where the row says.
SELECT p.source, p.id, p.settled_position FROM parked AS p
LEFT JOIN events AS e ON e.position = p.settled_position AND e.source = p.source AND e.id = p.id
WHERE p.outcome = 'accepted' AND e.position IS NULL LIMIT 100

-- name: waiting_for_what_is_there
-- Whoever creates a key wakes what waits for it, in the same transaction. A state of `null` was corrected away.
SELECT p.source, p.id, s.key, s.position FROM parked AS p
JOIN LATERAL unnest(p.missing) AS missing (key) ON true
JOIN boundary_states AS s ON s.key = missing.key AND s.state <> 'null'
WHERE p.settled_at IS NULL AND NOT EXISTS (
    SELECT FROM unnest(p.missing) AS other (key)
    WHERE NOT EXISTS (SELECT FROM boundary_states AS t WHERE t.key = other.key AND t.state <> 'null')
) LIMIT 100

-- name: append_only
-- Whether the triggers that keep the log append-only are there and on.
SELECT c.relname, t.tgenabled = 'A'
FROM unnest(ARRAY['events', 'checkpoints']) AS wanted (relname)
JOIN pg_class AS c ON c.relname = wanted.relname AND c.relnamespace = 'public'::regnamespace
LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = c.relname || '_append_only'
