-- Runs that a person asks for; what was refused, counted as it is written; quick ways to what the office's pages show.
SET LOCAL lock_timeout = '5s';

-- A run that was asked for is decided (days, cutoff) when it is asked for, and waits for a scheduler to carry it out.
ALTER TABLE rule_runs
    DROP CONSTRAINT rule_runs_status,
    ADD CONSTRAINT rule_runs_status CHECK (status IN ('waiting', 'running', 'done', 'failed', 'inconclusive')),
    ADD COLUMN asked_by text,  -- who asked for it; null: nobody, it was due
    ADD CONSTRAINT rule_runs_asked CHECK (status <> 'waiting' OR asked_by IS NOT NULL);

-- Of one rule, one such run at a time: who asks again meanwhile is shown the first.
CREATE UNIQUE INDEX rule_runs_asked_once ON rule_runs (rule) WHERE asked_by IS NOT NULL AND status IN ('waiting', 'running');
-- Rules that run every second leave many rows: newest runs, of a kind, last due times are looked up, not sought.
CREATE INDEX rule_runs_newest ON rule_runs (rule, number DESC);
CREATE INDEX rule_runs_of_kind ON rule_runs (rule, kind, number DESC);
CREATE INDEX rule_runs_last_due ON rule_runs (rule, due_at DESC) WHERE kind = 'scheduled' AND status IN ('done', 'inconclusive');

-- What waits is a small part of what ever waited.
CREATE INDEX parked_open ON parked (number) WHERE settled_at IS NULL;
CREATE INDEX parked_open_of_source ON parked (source, number) WHERE settled_at IS NULL;

-- How far each witness has signed, without reading all that it ever signed.
CREATE INDEX cosignatures_by_key ON cosignatures (verifier_key, size DESC);

CREATE INDEX refusals_by_code ON refusals (code, number);
CREATE INDEX refusals_by_source_and_code ON refusals (source, code, number);

-- Refusals are counted in the transaction that writes them, so nobody has to count millions of rows. The writer holds
-- the lock of the log: two never count at once.
CREATE TABLE refusal_counts (
    day     date   NOT NULL,  -- of receipt, in UTC
    source  text   NOT NULL,
    code    text   NOT NULL,
    refused bigint NOT NULL,
    CONSTRAINT refusal_counts_pkey PRIMARY KEY (day, source, code)
);
CREATE TABLE refusal_totals (
    source  text   NOT NULL,
    code    text   NOT NULL,
    refused bigint NOT NULL,
    CONSTRAINT refusal_totals_pkey PRIMARY KEY (source, code)
);
INSERT INTO refusal_counts (day, source, code, refused)
SELECT (received_at AT TIME ZONE 'UTC')::date, source, code, count(*) FROM refusals GROUP BY 1, 2, 3;
INSERT INTO refusal_totals (source, code, refused)
SELECT source, code, sum(refused) FROM refusal_counts GROUP BY 1, 2;

-- By its owner's right: the application itself may read the counters and not change them.
CREATE FUNCTION count_refusals_v1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO refusal_counts AS c (day, source, code, refused)
    SELECT (received_at AT TIME ZONE 'UTC')::date, source, code, count(*) FROM fresh GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT ON CONSTRAINT refusal_counts_pkey DO UPDATE SET refused = c.refused + EXCLUDED.refused;
    INSERT INTO refusal_totals AS t (source, code, refused)
    SELECT source, code, count(*) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT refusal_totals_pkey DO UPDATE SET refused = t.refused + EXCLUDED.refused;
    RETURN NULL;
END $$;
CREATE TRIGGER refusals_counted AFTER INSERT ON refusals
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION count_refusals_v1();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT ON refusal_counts, refusal_totals TO crowdledger_app;
    END IF;
END $$;
