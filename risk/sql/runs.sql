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
SELECT pg_try_advisory_lock(hashtextextended('rule_run ' || %(rule)s || ' ' || %(what)s, 0))

-- name: release_run_lock
SELECT pg_advisory_unlock(hashtextextended('rule_run ' || %(rule)s || ' ' || %(what)s, 0))

-- name: begin_run
-- One row per (rule, version, due time). A run that failed, or whose process died, is taken over as it was decided then,
-- with its days and its cutoff, so that it tells the same as what it may have told already. The caller holds its lock.
INSERT INTO rule_runs AS r (rule, version, hash, statement_hash, kind, due_at, days, cutoff, params, status, started_at)
VALUES (%(rule)s, %(version)s, %(hash)s, %(statement_hash)s, %(kind)s, %(due_at)s, %(days)s, %(cutoff)s,
        %(params)s, 'running', %(now)s)
ON CONFLICT ON CONSTRAINT rule_runs_once DO UPDATE
SET status = 'running', error = NULL, params = EXCLUDED.params, started_at = EXCLUDED.started_at, hash = EXCLUDED.hash,
    statement_hash = EXCLUDED.statement_hash,
    days = CASE WHEN r.cutoff > 0 THEN r.days ELSE EXCLUDED.days END,
    cutoff = CASE WHEN r.cutoff > 0 THEN r.cutoff ELSE EXCLUDED.cutoff END
WHERE r.status IN ('running', 'failed')
RETURNING number, days, cutoff

-- name: near_end
-- Where the chain of a rule's near-real-time runs ends: its last run. The caller holds the lock of the chain.
SELECT number, status, since, cutoff, days, touched, left_out
FROM rule_runs WHERE rule = %(rule)s AND kind = 'near' ORDER BY since DESC LIMIT 1

-- name: near_start
-- Where it begins: what the newest run on schedule had not seen, or the first event.
SELECT coalesce((SELECT cutoff FROM rule_runs WHERE rule = %(rule)s AND kind = 'scheduled' AND status IN ('done', 'inconclusive')
                 ORDER BY due_at DESC, number DESC LIMIT 1), 0)

-- name: begin_near
INSERT INTO rule_runs (rule, version, hash, statement_hash, kind, due_at, days, cutoff, since, touched, left_out, params,
                       status, started_at)
VALUES (%(rule)s, %(version)s, %(hash)s, %(statement_hash)s, 'near', %(due_at)s, %(days)s, %(cutoff)s, %(since)s,
        %(touched)s, %(left_out)s, %(params)s, 'running', %(now)s)
ON CONFLICT DO NOTHING
RETURNING number

-- name: resume_near
UPDATE rule_runs
SET status = 'running', error = NULL, version = %(version)s, hash = %(hash)s, statement_hash = %(statement_hash)s,
    params = %(params)s, started_at = %(now)s
WHERE number = %(number)s

-- name: new_events
-- Events of some types in (since, cutoff], and how many of them happened before a moment. Null types: of all.
SELECT count(*), count(*) FILTER (WHERE happened_at < %(before)s)
FROM events
WHERE position > %(since)s AND position <= %(cutoff)s AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s::text[]))

-- name: few_rows
-- A near-real-time run joins few rows to many: here loops over an index are right, and helpers cost more than they do.
SET LOCAL enable_nestloop = on; SET LOCAL join_collapse_limit = 8; SET LOCAL max_parallel_workers_per_gather = 0

-- name: rows_read
-- By this transaction so far, of views and their indexes; what a parallel helper of the server read is not in it.
SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(c.oid)), 0)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'i') AND starts_with(n.nspname, 'view_')

-- name: end_run
UPDATE rule_runs
SET status = %(status)s, error = %(reason)s, findings = %(findings)s, result_hash = %(result_hash)s,
    submitted = %(submitted)s, raised = %(raised)s, joined = %(joined)s, duration_ms = %(duration_ms)s,
    rows_read = %(rows_read)s, severities = %(severities)s, ended_at = %(now)s
WHERE number = %(number)s

-- name: fail_run
UPDATE rule_runs SET status = 'failed', error = %(error)s, ended_at = %(now)s WHERE number = %(number)s

-- name: ask_lock
SELECT pg_advisory_lock(hashtextextended('rule_ask ' || %(rule)s, 0))

-- name: ask_unlock
SELECT pg_advisory_unlock(hashtextextended('rule_ask ' || %(rule)s, 0))

-- name: asked_just_now
-- The run of a rule that a person asked for and that has not ended, or was asked for a moment ago.
SELECT number FROM rule_runs
WHERE rule = %(rule)s AND kind = 'manual' AND asked_by IS NOT NULL AND (status IN ('waiting', 'running') OR due_at > %(since)s)
ORDER BY number DESC LIMIT 1

-- name: ask
INSERT INTO rule_runs (rule, version, hash, statement_hash, kind, due_at, days, cutoff, params, status, started_at, asked_by)
VALUES (%(rule)s, %(version)s, %(hash)s, %(statement_hash)s, 'manual', %(due_at)s, %(days)s, %(cutoff)s, %(params)s,
        'waiting', %(now)s, %(asked_by)s)
RETURNING number

-- name: asked
-- What waits, and what a dead process left running: whoever is at it holds its lock.
SELECT number, rule FROM rule_runs
WHERE asked_by IS NOT NULL AND status IN ('waiting', 'running') AND rule = ANY (%(rules)s)
ORDER BY number LIMIT 20

-- name: take_up
UPDATE rule_runs
SET status = 'running', started_at = %(now)s, version = %(version)s, hash = %(hash)s, statement_hash = %(statement_hash)s,
    params = %(params)s
WHERE number = %(number)s AND status IN ('waiting', 'running')
RETURNING number, days, cutoff

-- name: run
SELECT r.rule, r.status, r.days, r.cutoff, r.params, r.result_hash, v.document, v.sql, v.statement, r.since
FROM rule_runs AS r
JOIN rule_versions AS v USING (rule, version, hash, statement_hash)
WHERE r.number = %(number)s

-- name: runs_of
-- Newest first, behind a number; of one kind where one is named.
SELECT number, version, kind, status, due_at, started_at, ended_at, days, since, cutoff, touched, left_out, findings,
       severities, submitted, raised, joined, rows_read, duration_ms, result_hash, error, params, statement_hash, asked_by
FROM rule_runs
WHERE rule = %(rule)s AND number < coalesce(%(before)s::bigint, 9223372036854775807)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
ORDER BY number DESC
LIMIT %(limit)s

-- name: run_of
SELECT number, version, kind, status, due_at, started_at, ended_at, days, since, cutoff, touched, left_out, findings,
       severities, submitted, raised, joined, rows_read, duration_ms, result_hash, error, params, statement_hash, asked_by
FROM rule_runs WHERE number = %(number)s AND rule = %(rule)s

-- name: newest_runs
-- Of each rule the newest run of its own: one look at an index for each, however many runs there are.
SELECT r.rule, n.*
FROM unnest(%(rules)s::text[]) AS r (rule)
CROSS JOIN LATERAL (
    SELECT number, version, kind, status, due_at, started_at, ended_at, days, since, cutoff, touched, left_out, findings,
           severities, submitted, raised, joined, rows_read, duration_ms, result_hash, error, params, statement_hash,
           asked_by
    FROM rule_runs AS x WHERE x.rule = r.rule AND x.kind <> 'shadow' ORDER BY x.number DESC LIMIT 1) AS n

-- name: versions_of
-- Every version of a rule that ever ran, newest first; one that ran in two forms was changed under its number.
SELECT DISTINCT ON (version, hash) version, hash, first_run_at, document
FROM rule_versions WHERE rule = %(rule)s
ORDER BY version DESC, hash, first_run_at
LIMIT 100
