-- Databases for the demo, on a server that somebody else runs.

-- name: create
CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'

-- name: drop
DROP DATABASE IF EXISTS {name} WITH (FORCE)

-- name: judged
-- How many rules were judged on schedule.
SELECT count(DISTINCT rule) FROM rule_runs WHERE kind = 'scheduled' AND status IN ('done', 'inconclusive')

-- name: tables
SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\_%'
