-- What a platform's own people need at hand: their events by type, what was refused by id, what mended what, and of
-- each key who made it, who revoked it, and when it was last used.
SET LOCAL lock_timeout = '5s';

-- One index for "the newest of this sender" and "the newest of this type": a page asks it once per type and merges.
CREATE INDEX events_by_sender ON events (source, type, position);
CREATE INDEX refusals_by_id ON refusals (source, id, number) WHERE id IS NOT NULL;

ALTER TABLE api_keys
    ADD COLUMN created_by   text,         -- who made it in the console; null: the command line
    ADD COLUMN revoked_by   text,
    ADD COLUMN last_used_at timestamptz;  -- kept to the hour, so that reading a key seldom writes
CREATE INDEX api_keys_by_source ON api_keys (source, created_at);

-- A refused event, and the event that was sent in its place under an id of its own. No foreign key to `refusals`: a
-- sweep of erased bodies writes that table anew.
CREATE TABLE mends (
    number  bigint      NOT NULL,  -- of the refusal
    source  text        NOT NULL,
    id      text        NOT NULL,  -- of the event that was sent instead
    sent_by text        NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT mends_pkey PRIMARY KEY (number, id)
);
CREATE TRIGGER mends_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mends
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE mends ENABLE ALWAYS TRIGGER mends_append_only;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON mends FROM %I', current_user);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT ON mends TO crowdledger_app;
    END IF;
END $$;
