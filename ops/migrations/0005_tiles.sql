-- The Merkle tree as tiles, the keys that signed its heads, what witnesses said of them.
SET LOCAL lock_timeout = '5s';

-- Full tiles of height 8 (C2SP tlog-tiles), written in the transaction that adds the checkpoint over them. What lies
-- right of them is taken from the leaves in `events`, and from the roots of the level below.
CREATE TABLE tiles (
    level  smallint NOT NULL,
    n      bigint   NOT NULL,
    hashes bytea    NOT NULL,  -- 256 hashes, concatenated
    root   bytea    NOT NULL,  -- over them: hash n of the level above
    CONSTRAINT tiles_pkey PRIMARY KEY (level, n),
    CONSTRAINT tiles_hashes CHECK (octet_length(hashes) = 8192),
    CONSTRAINT tiles_root CHECK (octet_length(root) = 32)
);
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes can't be compressed
CREATE TRIGGER tiles_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE tiles ENABLE ALWAYS TRIGGER tiles_append_only;

-- Every public key that signed heads of this log, for ever: what an old key signed stays verifiable.
CREATE TABLE log_keys (
    verifier_key text        NOT NULL,  -- C2SP signed-note: <name>+<id>+<base64>; the name is the log's origin
    since_size   bigint      NOT NULL,  -- the log's sealed size when the key came into use
    added_at     timestamptz NOT NULL,
    CONSTRAINT log_keys_pkey PRIMARY KEY (verifier_key)
);
CREATE TRIGGER log_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE log_keys ENABLE ALWAYS TRIGGER log_keys_append_only;

-- Signature lines of witnesses over a checkpoint.
CREATE TABLE cosignatures (
    size         bigint      NOT NULL,
    verifier_key text        NOT NULL,  -- the witness's, as it was configured when it signed
    line         text        NOT NULL,  -- C2SP signed-note signature line, with its newline
    -- No foreign key: to check it, PostgreSQL would lock the checkpoint as its owner, who gave up that right.
    CONSTRAINT cosignatures_pkey PRIMARY KEY (size, verifier_key)
);
CREATE TRIGGER cosignatures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE cosignatures ENABLE ALWAYS TRIGGER cosignatures_append_only;

-- Why sealing stopped, and who let it go on. The newest row decides.
CREATE TABLE sealing_stops (
    number bigint      GENERATED ALWAYS AS IDENTITY,
    kind   text        NOT NULL,
    at     timestamptz NOT NULL,
    size   bigint      NOT NULL,  -- of the head concerned
    reason text        NOT NULL,  -- on resuming: why, in the words of whoever did
    CONSTRAINT sealing_stops_pkey PRIMARY KEY (number),
    CONSTRAINT sealing_stops_kind CHECK (kind IN ('stopped', 'resumed'))
);
CREATE TRIGGER sealing_stops_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealing_stops
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE sealing_stops ENABLE ALWAYS TRIGGER sealing_stops_append_only;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON tiles, log_keys, cosignatures, sealing_stops FROM %I', current_user);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT ON tiles, log_keys, cosignatures, sealing_stops TO crowdledger_app;
    END IF;
END $$;
