-- The tree: what seals it, and what is read of it.

-- name: to_seal
-- One round of sealing: whether it is ours to do, the newest checkpoint, whether sealing was stopped, new leaves.
-- The lock keeps a second sealer from doing the same work; correct would be the result of both.
SELECT pg_try_advisory_xact_lock(7205760), c.size, c.root, c.sealed_at, s.kind, s.at, s.size, s.reason, l.count, l.last, l.leaves
FROM (SELECT) AS one
LEFT JOIN LATERAL (SELECT size, root, sealed_at FROM checkpoints ORDER BY size DESC LIMIT 1) AS c ON true
LEFT JOIN LATERAL (SELECT kind, at, size, reason FROM sealing_stops ORDER BY number DESC LIMIT 1) AS s ON true
LEFT JOIN LATERAL (
    SELECT count(*), max(position) AS last, string_agg(leaf, ''::bytea ORDER BY position) AS leaves
    FROM (SELECT position, leaf FROM events WHERE position > %(after)s ORDER BY position LIMIT %(limit)s) AS fresh
) AS l ON true

-- name: edge
-- Per level: how many full tiles there are, and the roots of those that no tile of the level above covers yet.
SELECT full_tiles.level, full_tiles.count, string_agg(t.root, ''::bytea ORDER BY t.n)
FROM (SELECT level, max(n) + 1 AS count FROM tiles GROUP BY level) AS full_tiles
LEFT JOIN tiles AS t ON t.level = full_tiles.level AND t.n >= full_tiles.count / 256 * 256
GROUP BY full_tiles.level, full_tiles.count ORDER BY full_tiles.level

-- name: add_tiles
INSERT INTO tiles (level, n, hashes, root)
SELECT * FROM unnest(%(levels)s::smallint[], %(ns)s::bigint[], %(hashes)s::bytea[], %(roots)s::bytea[])
ON CONFLICT DO NOTHING

-- name: add_checkpoint
INSERT INTO checkpoints (size, root, frontier, note, sealed_at)
VALUES (%(size)s, %(root)s, %(frontier)s, %(note)s, %(sealed_at)s)
ON CONFLICT (size) DO NOTHING

-- name: add_key
INSERT INTO log_keys (verifier_key, since_size, added_at)
SELECT %(key)s, coalesce((SELECT max(size) FROM checkpoints), 0), %(now)s
ON CONFLICT DO NOTHING

-- name: keys
-- In the order in which they came into use.
SELECT verifier_key, since_size, added_at FROM log_keys ORDER BY added_at, since_size, verifier_key

-- name: stop
INSERT INTO sealing_stops (kind, at, size, reason) VALUES (%(kind)s, %(at)s, %(size)s, %(reason)s)

-- name: last_stop
SELECT kind, at, size, reason FROM sealing_stops ORDER BY number DESC LIMIT 1

-- name: checkpoint
SELECT size, root, note, sealed_at FROM checkpoints ORDER BY size DESC LIMIT 1

-- name: checkpoint_at
SELECT size, root, note, sealed_at FROM checkpoints WHERE size = %(size)s

-- name: cosigned
-- The newest checkpoint that a witness has signed, among those of at least a size.
SELECT c.size, c.root, c.note, c.sealed_at FROM checkpoints AS c
WHERE c.size >= %(size)s AND EXISTS (SELECT FROM cosignatures AS s WHERE s.size = c.size)
ORDER BY c.size DESC LIMIT 1

-- name: cosignatures
SELECT verifier_key, line FROM cosignatures WHERE size = %(size)s ORDER BY verifier_key

-- name: add_cosignature
INSERT INTO cosignatures (size, verifier_key, line) VALUES (%(size)s, %(key)s, %(line)s)
ON CONFLICT DO NOTHING

-- name: full_tiles
SELECT t.level, t.n, t.hashes
FROM unnest(%(levels)s::smallint[], %(ns)s::bigint[]) AS asked (level, n) JOIN tiles AS t USING (level, n)

-- name: leaves
-- Hashes of level 0 from one index (from 0) to before another.
SELECT count(*), string_agg(leaf, ''::bytea ORDER BY position) FROM events
WHERE position > %(first)s AND position <= %(end)s

-- name: roots
-- Hashes of a higher level: the roots of the tiles below it.
SELECT count(*), string_agg(root, ''::bytea ORDER BY n) FROM tiles
WHERE level = %(level)s AND n >= %(first)s AND n < %(end)s

-- name: by_key
SELECT position, body, postings, recorded_at FROM events WHERE source = %(source)s AND id = %(id)s

-- name: by_tag
-- What concerns an entity, in order; of one source only, where one is given.
SELECT position, body, postings, recorded_at FROM events
WHERE tags @> ARRAY[%(tag)s::text] AND position > %(after)s AND (%(source)s::text IS NULL OR source = %(source)s)
ORDER BY position LIMIT %(limit)s

-- name: end
SELECT coalesce(max(position), 0) FROM events

-- name: entries
SELECT position, body, postings, recorded_at FROM events
WHERE position > %(first)s AND position <= %(end)s ORDER BY position

-- name: rows
-- All of an event that the tree, or its own body, says what it must be.
SELECT position, source, id, type, happened_at, recorded_at, body, postings, content_hash, leaf
FROM events WHERE position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: checkpoints
SELECT size, root, frontier, note, sealed_at FROM checkpoints WHERE size > %(after)s ORDER BY size LIMIT %(limit)s

-- name: reach
-- How far the tree was sealed, among what the log has.
SELECT coalesce(max(size), 0) FROM checkpoints WHERE size <= (SELECT coalesce(max(position), 0) FROM events)

-- name: tile
SELECT hashes, root FROM tiles WHERE level = %(level)s AND n = %(n)s

-- name: tiles_in_all
SELECT level, count(*), max(n) FROM tiles GROUP BY level ORDER BY level

-- name: all_cosignatures
SELECT s.size, s.verifier_key, s.line, c.note
FROM cosignatures AS s LEFT JOIN checkpoints AS c ON c.size = s.size ORDER BY s.size, s.verifier_key
