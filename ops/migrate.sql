-- What the migration runner asks. The migrations themselves are the numbered files in ops/migrations/.

-- name: lock
SELECT pg_advisory_lock(hashtext('crowdledger.migrate'))

-- name: unlock
SELECT pg_advisory_unlock(hashtext('crowdledger.migrate'))

-- name: create_history
CREATE TABLE IF NOT EXISTS schema_migrations (
  number     integer PRIMARY KEY,
  name       text NOT NULL,
  sha256     text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: history
SELECT number, name, sha256 FROM schema_migrations ORDER BY number

-- name: record
INSERT INTO schema_migrations (number, name, sha256) VALUES (%(number)s, %(name)s, %(sha256)s)

-- name: ensure_role
-- Roles belong to the whole server, so another database's migration may be making this one at this moment.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
    CREATE ROLE crowdledger_app NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$

-- name: join_role
DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'crowdledger_app', 'MEMBER') THEN
    EXECUTE format('GRANT crowdledger_app TO %I', current_user);
  END IF;
END $$

-- name: grant_schema
-- What the pool's role needs beside its tables, which each migration grants itself: it builds views in schemas of their own.
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO crowdledger_app', current_database());
  GRANT USAGE ON SCHEMA public TO crowdledger_app;
  GRANT SELECT ON schema_migrations TO crowdledger_app;
END $$
