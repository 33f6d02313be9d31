-- What the risk monitor did: versions of rules that ran, each run with its cutoff, and the scheduler's sign of life.
SET LOCAL lock_timeout = '5s';

-- A rule as it ran, so that a past run can be repeated when the document has long changed. `hash` covers document and
-- SQL file, `statement_hash` the compiled statement with the inputs it reads.
CREATE TABLE rule_versions (
    rule           text        NOT NULL,
    version        integer     NOT NULL,
    hash           text        NOT NULL,
    statement_hash text        NOT NULL,
    document       json        NOT NULL,  -- not jsonb: the order of measures is that of the statement's columns
    sql            text,                  -- of a rule that brings its own
    statement      text        NOT NULL,
    first_run_at   timestamptz NOT NULL,
    CONSTRAINT rule_versions_pkey PRIMARY KEY (rule, version, hash, statement_hash)
);

-- One run judged some evaluation days (days since 1970-01-01, ascending) on what was known at `cutoff`.
CREATE TABLE rule_runs (
    number         bigint      GENERATED ALWAYS AS IDENTITY,
    rule           text        NOT NULL,
    version        integer     NOT NULL,
    hash           text        NOT NULL,
    statement_hash text        NOT NULL,
    kind           text        NOT NULL CHECK (kind IN ('scheduled', 'manual')),
    due_at         timestamptz NOT NULL,  -- of a manual run: when it was asked for
    days           integer[]   NOT NULL,
    cutoff         bigint      NOT NULL,
    params         jsonb       NOT NULL,
    status         text        NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    error          text,
    findings       integer,               -- found, before findings of several days were joined
    result_hash    text,                  -- over the findings in their order
    submitted      integer,               -- sent to the log
    raised         integer,               -- of these: opened an alert
    joined         integer,               -- of these: joined one
    duration_ms    integer,               -- of the evaluation
    started_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    CONSTRAINT rule_runs_pkey PRIMARY KEY (number),
    -- What makes two schedulers harmless, together with an advisory lock per (rule, due time).
    CONSTRAINT rule_runs_once UNIQUE (rule, version, due_at)
);
CREATE INDEX rule_runs_by_rule ON rule_runs (rule, due_at DESC);

-- One row per process that schedules: `beat_at` older than a minute means that it hangs or is gone.
CREATE TABLE scheduler_beats (
    scheduler text        NOT NULL,
    beat_at   timestamptz NOT NULL,
    CONSTRAINT scheduler_beats_pkey PRIMARY KEY (scheduler)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT ON rule_versions TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE ON rule_runs TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON scheduler_beats TO crowdledger_app;
    END IF;
END $$;
