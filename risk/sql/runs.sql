-- What the evaluator asks beside the rules' own statements.

-- name: careful
-- A rule that runs away is stopped, and its run says so. Nobody has statistics of a statement's inner relations, so the
-- planner takes them for small and loops over them by the square; joins are hashed instead, in the order they are written.
SET LOCAL statement_timeout = '600s'; SET LOCAL timezone = 'UTC'; SET LOCAL jit = off;
SET LOCAL enable_nestloop = off; SET LOCAL join_collapse_limit = 1

-- name: keep_version
INSERT INTO rule_versions (rule, version, hash, statement_hash, document, sql, statement, first_run_at)
VALUES (%(rule)s, %(version)s, %(hash)s, %(statement_hash)s, %(document)s, %(sql)s, %(statement)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: try_run_lock
SELECT pg_try_advisory_lock(hashtextextended('rule_run ' || %(rule)s || ' ' || %(due_at)s::text, 0))

-- name: release_run_lock
SELECT pg_advisory_unlock(hashtextextended('rule_run ' || %(rule)s || ' ' || %(due_at)s::text, 0))

-- name: begin_run
-- One row per (rule, version, due time). A run that failed, or whose process died, is taken over; the caller holds its lock.
INSERT INTO rule_runs AS r (rule, version, hash, statement_hash, kind, due_at, days, cutoff, params, status, started_at)
VALUES (%(rule)s, %(version)s, %(hash)s, %(statement_hash)s, %(kind)s, %(due_at)s, %(days)s, 0,
        %(params)s, 'running', %(now)s)
ON CONFLICT ON CONSTRAINT rule_runs_once DO UPDATE
SET status = 'running', error = NULL, days = EXCLUDED.days, params = EXCLUDED.params, started_at = EXCLUDED.started_at, hash = EXCLUDED.hash,
    statement_hash = EXCLUDED.statement_hash
WHERE r.status <> 'done'
RETURNING number

-- name: end_run
UPDATE rule_runs
SET status = 'done', cutoff = %(cutoff)s, findings = %(findings)s, result_hash = %(result_hash)s,
    submitted = %(submitted)s, raised = %(raised)s, joined = %(joined)s, duration_ms = %(duration_ms)s, ended_at = %(now)s
WHERE number = %(number)s

-- name: fail_run
UPDATE rule_runs SET status = 'failed', error = %(error)s, ended_at = %(now)s WHERE number = %(number)s

-- name: run
SELECT r.rule, r.status, r.days, r.cutoff, r.params, r.result_hash, v.document, v.sql, v.statement
FROM rule_runs AS r
JOIN rule_versions AS v USING (rule, version, hash, statement_hash)
WHERE r.number = %(number)s
