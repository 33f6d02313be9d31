-- name: drop_bare
DROP TABLE IF EXISTS bare_events

-- name: create_bare
-- The same columns and indexes as the log, and nothing else: no trigger, no inline tables.
CREATE TABLE bare_events (LIKE events INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING STORAGE INCLUDING CONSTRAINTS)

-- name: copy_out
COPY (SELECT position, source, id, type, happened_at, recorded_at, body, postings, content_hash, leaf, tags
      FROM events WHERE position > %(after)s AND position <= %(until)s ORDER BY position)
TO STDOUT (FORMAT BINARY)

-- name: copy_in
COPY bare_events FROM STDIN (FORMAT BINARY)

-- name: head
SELECT coalesce(max(position), 0) FROM events

-- name: checkpoint
CHECKPOINT

-- name: create_database
CREATE DATABASE {name}

-- name: drop_database
DROP DATABASE IF EXISTS {name} WITH (FORCE)

-- name: create_bare_lines
-- Posting lines as the balances view keeps them, and nothing else.
CREATE TABLE bare_lines (
    position bigint NOT NULL, line integer NOT NULL, account text NOT NULL, currency text NOT NULL, amount bigint NOT NULL,
    happened_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL
)

-- name: copy_lines
COPY bare_lines (position, line, account, currency, amount, happened_at, recorded_at) FROM STDIN (FORMAT BINARY)

-- name: drop_bare_lines
DROP TABLE IF EXISTS bare_lines

-- name: analyze
-- What autovacuum does by itself on a server that lives longer than a bench.
ANALYZE

-- name: near_rules
SELECT count(DISTINCT rule) FROM rule_runs WHERE kind = 'near' AND status = 'done'

-- name: latencies
-- Of each first finding of a rule: from when the last of its evidence was recorded to when it was.
SELECT extract(epoch FROM f.recorded_at - (
    SELECT max(e.recorded_at) FROM events AS e
    WHERE e.position = ANY (SELECT jsonb_array_elements_text(convert_from(f.body, 'UTF8')::jsonb -> 'data' -> 'evidence')::bigint)))
FROM events AS f
WHERE f.type = 'alert.found' AND convert_from(f.body, 'UTF8')::jsonb -> 'data' ->> 'rule' = %(rule)s
ORDER BY f.position
