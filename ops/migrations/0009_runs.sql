-- Runs in near real time, over history and in the shadow; what a run read; runs without an answer.
SET LOCAL lock_timeout = '5s';

ALTER TABLE rule_runs
    DROP CONSTRAINT rule_runs_kind_check,
    DROP CONSTRAINT rule_runs_status_check,
    ADD CONSTRAINT rule_runs_kind CHECK (kind IN ('scheduled', 'near', 'manual', 'backfill', 'shadow')),
    ADD CONSTRAINT rule_runs_status CHECK (status IN ('running', 'done', 'failed', 'inconclusive')),
    ADD COLUMN since         bigint,   -- of a near-real-time run: only groups that events in (since, cutoff] touched
    ADD COLUMN touched       integer,  -- how many groups these were
    ADD COLUMN left_out      integer NOT NULL DEFAULT 0,  -- new events from before the days that such a run looks at
    ADD COLUMN rows_read     bigint,   -- rows and index entries of the views that the evaluation read
    ADD COLUMN severities    jsonb,    -- {severity: findings}
    ADD COLUMN beside        bigint REFERENCES rule_runs (number),  -- of a shadow run: the live version's run
    ADD CONSTRAINT rule_runs_near CHECK ((since IS NOT NULL) OR kind <> 'near');

-- Near-real-time runs are a chain: each begins where the one before it ended. Two that begin at one place can't be.
CREATE UNIQUE INDEX rule_runs_chain ON rule_runs (rule, since) WHERE kind = 'near';
CREATE INDEX rule_runs_near_end ON rule_runs (rule, cutoff DESC) WHERE kind = 'near';
CREATE UNIQUE INDEX rule_runs_beside ON rule_runs (beside, version) WHERE kind = 'shadow';

-- What a candidate version found, and the live version in the run beside it, so that they can be compared. Kept beside
-- the runs and nowhere else: a candidate raises no alert.
CREATE TABLE shadow_findings (
    run      bigint   NOT NULL REFERENCES rule_runs (number),  -- of the candidate
    side     text     NOT NULL CHECK (side IN ('live', 'candidate')),
    place    integer  NOT NULL,  -- in the order of its run, from 0
    day      integer  NOT NULL,
    matter   text     NOT NULL,  -- the key that dedupes its alert
    key      jsonb    NOT NULL,
    severity text     NOT NULL,
    score    integer  NOT NULL,
    reason   jsonb    NOT NULL,  -- {zh, en}
    evidence bigint[] NOT NULL,
    CONSTRAINT shadow_findings_pkey PRIMARY KEY (run, side, place)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT ON shadow_findings TO crowdledger_app;
    END IF;
END $$;
