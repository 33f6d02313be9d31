-- name: lock
-- Taken first and held to the end of the transaction. It is released after the commit became visible, so whoever
-- takes it next sees all positions before its own; that is why no reader ever skips one.
SELECT pg_advisory_xact_lock(7205759)

-- name: head
-- Where the log ends, and whether anything waits. One row also for an empty log.
SELECT coalesce(last.position, 0), last.recorded_at, EXISTS (SELECT FROM parked WHERE settled_at IS NULL)
FROM (SELECT) AS one LEFT JOIN LATERAL (SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1) AS last ON true

-- name: tags_since
SELECT DISTINCT unnest(tags) FROM events WHERE position > %(position)s

-- name: known_events
-- Which of these (source, id) are in the log already.
SELECT e.source, e.id, e.position, e.content_hash
FROM unnest(string_to_array(%(sources)s, E'\x1f'), string_to_array(%(ids)s, E'\x1f')) AS asked (source, id)
JOIN events AS e ON e.source = asked.source AND e.id = asked.id

-- name: known_parked
SELECT p.source, p.id, p.content_hash
FROM unnest(string_to_array(%(sources)s, E'\x1f'), string_to_array(%(ids)s, E'\x1f')) AS asked (source, id)
JOIN parked AS p ON p.source = asked.source AND p.id = asked.id AND p.settled_at IS NULL

-- name: states
SELECT s.key, s.state
FROM unnest(string_to_array(%(keys)s, E'\x1f')) AS asked (key)
JOIN boundary_states AS s ON s.key = asked.key

-- name: pledges_of
-- The pledges of a campaign, each once, found by the tags of the events that made them: no list is kept for it.
-- The state is asked for by a subquery and not by a join: what the planner guesses of an array's elements is so wrong
-- that it would rather go through all states for each pledge.
SELECT made.key, (SELECT s.state FROM boundary_states AS s WHERE s.key = made.key) AS state
FROM (
    SELECT DISTINCT tag AS key FROM events CROSS JOIN LATERAL unnest(tags) AS tag
    WHERE tags @> ARRAY[%(campaign)s::text] AND type = 'pledge.made' AND starts_with(tag, 'pledge:')
) AS made

-- name: waiting
-- Parked events that wait for any of these keys, oldest first.
SELECT number, source, id, type, happened_at, body, content_hash, missing
FROM parked
WHERE settled_at IS NULL AND missing && string_to_array(%(keys)s, E'\x1f')
ORDER BY number

-- name: copy_events
COPY events (position, source, id, type, happened_at, recorded_at, body, postings, content_hash, leaf, tags)
FROM STDIN (FORMAT BINARY)

-- name: insert_events
-- The same rows as by COPY, as one statement: for a small group the round trips of a COPY cost more than the rows.
INSERT INTO events (position, source, id, type, happened_at, recorded_at, body, postings, content_hash, leaf, tags)
SELECT
    new.position, new.source, new.id, new.type,
    timestamptz 'epoch' + new.happened_micros * interval '1 microsecond', %(recorded_at)s,
    convert_to(new.body, 'UTF8'), convert_to(nullif(new.postings, ''), 'UTF8'),
    decode(new.content_hash, 'hex'), decode(new.leaf, 'hex'), string_to_array(new.tags, E'\x1e')
FROM unnest(
    string_to_array(%(positions)s, E'\x1f')::bigint[], string_to_array(%(sources)s, E'\x1f'),
    string_to_array(%(ids)s, E'\x1f'), string_to_array(%(types)s, E'\x1f'),
    string_to_array(%(happened_micros)s, E'\x1f')::bigint[], string_to_array(%(bodies)s, E'\x1f'),
    string_to_array(%(postings)s, E'\x1f'), string_to_array(%(content_hashes)s, E'\x1f'),
    string_to_array(%(leaves)s, E'\x1f'), string_to_array(%(tags)s, E'\x1f')
) AS new (position, source, id, type, happened_micros, body, postings, content_hash, leaf, tags)

-- name: upsert_states
INSERT INTO boundary_states AS s (key, state, position)
SELECT * FROM unnest(
    string_to_array(%(keys)s, E'\x1f'), string_to_array(%(states)s, E'\x1f'),
    string_to_array(%(positions)s, E'\x1f')::bigint[]
)
ON CONFLICT (key) DO UPDATE SET state = excluded.state, position = excluded.position

-- name: refuse
INSERT INTO refusals (source, id, code, detail, received_at, body, body_bytes)
VALUES (%(source)s, %(id)s, %(code)s, %(detail)s, %(received_at)s, %(body)s, %(body_bytes)s)

-- name: refuse_sealed
WITH refused AS (
    INSERT INTO refusals (source, id, code, detail, received_at, body, body_bytes, sealed)
    VALUES (%(source)s, %(id)s, %(code)s, %(detail)s, %(received_at)s, %(body)s, %(body_bytes)s, true)
    RETURNING number
)
INSERT INTO refusal_keys (number, key_id, wrapped_key) SELECT number, %(key_id)s, %(wrapped_key)s FROM refused

-- name: park
INSERT INTO parked (source, id, type, happened_at, parked_at, parked_position, body, content_hash, missing)
VALUES (%(source)s, %(id)s, %(type)s, %(happened_at)s, %(parked_at)s, %(parked_position)s, %(body)s,
        %(content_hash)s, %(missing)s)

-- name: wait_on
UPDATE parked SET missing = %(missing)s WHERE number = %(number)s

-- name: settle
UPDATE parked SET settled_at = %(settled_at)s, settled_position = %(position)s, outcome = %(outcome)s
WHERE number = %(number)s

-- name: seal_person
-- A party that is there already was registered wrongly, and that was corrected: the new registration counts.
INSERT INTO vault (party, person, key_id, wrapped_key, sealed)
VALUES (%(party)s, %(person)s, %(key_id)s, %(wrapped_key)s, %(sealed)s)
ON CONFLICT (party) DO UPDATE
SET person = excluded.person, key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, sealed = excluded.sealed

-- name: forget_person
-- The row is gone for every reader at the commit; from the table's file at the next sweep.
WITH gone AS (DELETE FROM vault WHERE party = %(party)s RETURNING party, person)
INSERT INTO vault_sweeps (subject, person, asked_at) SELECT party, person, %(asked_at)s FROM gone

-- name: matching
-- Whether any event after a position has one of the types (all, where none is given) and all of the tags.
SELECT EXISTS (
    SELECT FROM events
    WHERE position > %(after)s
      AND (%(types)s::text[] = '{}' OR type = ANY (%(types)s::text[]))
      AND tags @> %(tags)s::text[]
)

-- name: session
-- The writer asks by key only; a plan that scans a table would turn a group's milliseconds into seconds.
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET timezone = 'UTC';
SET jit = off
