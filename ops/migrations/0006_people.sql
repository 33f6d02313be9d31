-- People's data outside the log: which master key wraps a box, whose it is, the keys of what was refused, what is to
-- be swept from the files.
SET LOCAL lock_timeout = '5s';

ALTER TABLE vault
    ADD COLUMN key_id text NOT NULL DEFAULT 'derived',  -- the master key that wraps the party's key
    ADD COLUMN person text;                             -- the pseudonym that stands in the log, where an identity was given
UPDATE vault AS v SET person = convert_from(e.body, 'UTF8')::json -> 'data' ->> 'person'
FROM events AS e WHERE e.type = 'party.registered' AND e.tags @> ARRAY[v.party];
CREATE INDEX vault_by_person ON vault (person) WHERE person IS NOT NULL;
CREATE INDEX vault_by_key_id ON vault (key_id);

-- Whatever came in and was no event may hold a name: its body is sealed, and without the key here it stays so.
ALTER TABLE refusals ADD COLUMN sealed boolean NOT NULL DEFAULT false;
CREATE TABLE refusal_keys (
    number      bigint NOT NULL,  -- of the refusal
    key_id      text   NOT NULL,
    wrapped_key bytea  NOT NULL,
    CONSTRAINT refusal_keys_pkey PRIMARY KEY (number)
);
CREATE INDEX refusal_keys_by_key_id ON refusal_keys (key_id);

-- A deleted row stays in its table's file until the table is written anew: what was forgotten and not swept yet.
CREATE TABLE vault_sweeps (
    number    bigint      GENERATED ALWAYS AS IDENTITY,
    subject   text        NOT NULL,  -- key of the party
    person    text,                  -- her pseudonym
    asked_at  timestamptz NOT NULL,
    swept_at  timestamptz,
    CONSTRAINT vault_sweeps_pkey PRIMARY KEY (number)
);
CREATE INDEX vault_sweeps_by_person ON vault_sweeps (person) WHERE person IS NOT NULL;
CREATE INDEX vault_sweeps_open ON vault_sweeps (number) WHERE swept_at IS NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON refusal_keys TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE ON vault_sweeps TO crowdledger_app;
    END IF;
END $$;
