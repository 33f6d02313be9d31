-- What a backup and a restore ask.

-- name: snapshot
-- pg_dump is handed this transaction's view of the database, so that the figures beside the dump are those of the dump.
SELECT pg_export_snapshot(), coalesce(max(position), 0), (SELECT max(number) FROM schema_migrations) FROM events

-- name: checkpoint
SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1

-- name: is_empty
SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' OR schemaname LIKE 'view%')
