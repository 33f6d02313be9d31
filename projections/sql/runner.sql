-- What keeps views: their cursors, their schemas, their locks.

-- name: session
-- Folds ask by key only; a plan that scans a table would turn a batch's milliseconds into seconds. A view's commits need
-- not wait for the disk: they come after the log's in the WAL, and a crash takes rows and cursor back together.
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
SET synchronous_commit = off; SET timezone = 'UTC'

-- name: take_role
-- Views belong to the role of the program's pool, whoever builds them, so that every process can keep and switch them.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app')
       AND pg_has_role(current_user, 'crowdledger_app', 'MEMBER') THEN
        SET ROLE crowdledger_app;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$

-- name: try_lock
-- Held by the session that folds a view: when it ends, however it ends, another may take over.
SELECT pg_try_advisory_lock(7205760, hashtext(%(name)s))

-- name: unlock_all
SELECT pg_advisory_unlock_all()

-- name: lock_schemas
-- One at a time makes and drops schemas.
SELECT pg_advisory_xact_lock(7205760, 0)

-- name: cursor
SELECT position, version, state FROM view_cursors WHERE name = %(name)s

-- name: cursors
SELECT name, position, error FROM view_cursors WHERE name = ANY (%(names)s)

-- name: lock_cursor
-- Taken first in every transaction that writes a view: whoever else would fold it waits here, and then sees that it moved.
SELECT position, version, state FROM view_cursors WHERE name = %(name)s FOR UPDATE

-- name: enter
SELECT set_config('search_path', %(search_path)s, true)

-- name: advance
UPDATE view_cursors
SET position = %(position)s, recorded_at = coalesce(%(recorded_at)s, recorded_at), changed_at = now()
WHERE name = %(name)s

-- name: pass
UPDATE view_cursors SET position = %(upto)s, changed_at = now()
WHERE name = %(name)s AND position = %(position)s AND version = %(version)s AND state = %(state)s

-- name: park
UPDATE view_cursors
SET state = 'parked', error = %(error)s, error_position = %(error_position)s, changed_at = now()
WHERE name = %(name)s

-- name: resume
UPDATE view_cursors SET state = 'live', error = NULL, error_position = NULL, changed_at = now()
WHERE name = %(name)s AND state = 'parked'

-- name: add_cursor
INSERT INTO view_cursors (name, version, position, state, changed_at)
VALUES (%(name)s, %(version)s, 0, %(state)s, now())

-- name: drop_cursor
DELETE FROM view_cursors WHERE name = %(name)s

-- name: replace_cursor
-- The rebuilt view takes the name, and the place in the log, of the one before it.
INSERT INTO view_cursors AS live (name, version, position, recorded_at, state, changed_at)
SELECT %(name)s, version, position, recorded_at, 'live', now() FROM view_cursors WHERE name = %(next)s
ON CONFLICT (name) DO UPDATE SET
    version = excluded.version, position = excluded.position, recorded_at = excluded.recorded_at,
    state = 'live', error = NULL, error_position = NULL, changed_at = now()

-- name: names
SELECT name FROM view_cursors

-- name: schemas
SELECT nspname FROM pg_namespace WHERE nspname LIKE 'view\_%%'

-- name: create_schema
CREATE SCHEMA {schema}

-- name: drop_schema
DROP SCHEMA IF EXISTS {schema} CASCADE

-- name: rename_schema
ALTER SCHEMA {schema} RENAME TO {to}

-- name: tables
SELECT tablename FROM pg_tables WHERE schemaname = %(schema)s ORDER BY tablename

-- name: analyze
ANALYZE {schema}.{table}

-- name: short_wait
SET LOCAL lock_timeout = '200ms'

-- name: lock_switch
LOCK TABLE view_switch IN ACCESS EXCLUSIVE MODE

-- name: hold_switch
-- Before anything that takes a snapshot: LOCK takes none.
LOCK TABLE view_switch IN ACCESS SHARE MODE

-- name: status
-- How old the oldest event is that a view has not seen; nothing is unseen at the head.
SELECT c.name, c.version, c.position, c.state, c.error, c.error_position, h.position AS head,
       coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)::float8 AS lag_seconds
FROM view_cursors AS c
CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM events) AS h
LEFT JOIN events AS e ON e.position = c.position + 1
ORDER BY c.name

-- name: position
SELECT position FROM view_cursors WHERE name = %(name)s

-- name: live_positions
SELECT name, position FROM view_cursors WHERE name NOT LIKE '%\_\_%'

-- name: digest
-- Order does not matter to a sum; the sum of bigints is numeric and has no bound.
SELECT count(*), coalesce(sum(hash_record_extended(t, 0)), 0) FROM {schema}.{table} AS t
