-- What an export reads, all of it in one snapshot.

-- name: hold_appends
-- For the moment in which views reach the head and the snapshot is taken: the lock of the append (ledger/store).
SELECT pg_advisory_lock(7205759)

-- name: let_appends
SELECT pg_advisory_unlock(7205759)

-- name: events
-- The corrected event is looked up row by row: a join might be planned as a scan of the whole log.
SELECT e.position, e.source, e.id, e.type, e.happened_at,
       coalesce(CASE WHEN e.type = 'event.corrected' THEN (
           SELECT o.happened_at FROM events AS o WHERE o.source = e.source
              AND o.id = (convert_from(e.body, 'UTF8')::json #>> '{data,corrects}')) END, e.happened_at),
       e.recorded_at,
       CASE WHEN e.type = 'event.corrected' THEN convert_from(e.body, 'UTF8')::json #>> '{data,corrects}' END,
       e.body, e.leaf, e.tags, e.postings
FROM events AS e WHERE e.position <= %(upto)s ORDER BY e.position

-- name: recorded_at
SELECT recorded_at FROM events WHERE position = %(position)s

-- name: checkpoint
SELECT note FROM checkpoints WHERE size <= %(position)s ORDER BY size DESC LIMIT 1

-- name: accounts
SELECT account FROM view_balances.balances GROUP BY account ORDER BY account COLLATE "C"

-- name: currencies
SELECT currency FROM view_balances.balances GROUP BY currency ORDER BY currency COLLATE "C"

-- name: columns
-- Columns of a table in their order, each with its type as PostgreSQL writes it and its place in the primary key.
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation <> 0,
       array_position(i.indkey::int2[], a.attnum)
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum

-- name: rows
SELECT {columns} FROM {schema}.{table} ORDER BY {order}

-- name: as_text
{column}::text

-- name: by_bytes
{column} COLLATE "C"
