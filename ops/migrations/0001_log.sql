-- The append-only log, and the inline tables that an append writes beside it.
SET LOCAL lock_timeout = '5s';

-- One row per recorded event. Positions are gapless from 1 and become visible in order: they are assigned under
-- advisory lock 7205759 (see ledger/store), which is released only after the commit can be seen by others.
CREATE TABLE events (
    position     bigint      NOT NULL,
    source       text        NOT NULL,
    id           text        NOT NULL,
    type         text        NOT NULL,
    happened_at  timestamptz NOT NULL,  -- valid time, as reported
    recorded_at  timestamptz NOT NULL,  -- known time, never goes back
    body         bytea       NOT NULL,  -- canonical CloudEvent (RFC 8785), without personal data
    postings     bytea,                 -- canonical [[account, currency, amount], ...] as decided
    content_hash bytea       NOT NULL,  -- of what was sent: tells a repeat from a reused id
    leaf         bytea       NOT NULL,  -- RFC 6962 leaf hash of the entry
    tags         text[]      NOT NULL,  -- every entity the event concerns: its consistency boundary
    CONSTRAINT events_pkey PRIMARY KEY (position),
    CONSTRAINT events_once UNIQUE (source, id),
    CONSTRAINT events_from_one CHECK (position > 0)
);
ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL;
-- A B-tree over (tag, position) in a table of its own halves the speed of an append (30,000 against 64,000 rows/s).
-- The pending list is short: the append that empties a list of 1 MiB waits 50 ms for it, of 64 KiB 3 ms.
CREATE INDEX events_tags ON events USING gin (tags) WITH (fastupdate = on, gin_pending_list_limit = 64);

CREATE FUNCTION refuse_change_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'Record a correcting event instead.';
END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
-- Enabled also where session_replication_role says otherwise, so that switching it is not a way round.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_append_only;

-- The state of each entity as of `position`: what decisions read. Derived; `fsck` folds the log again and compares.
CREATE TABLE boundary_states (
    key      text   NOT NULL,
    position bigint NOT NULL,
    state    text   NOT NULL,  -- JSON array of the state struct
    CONSTRAINT boundary_states_pkey PRIMARY KEY (key)
) WITH (fillfactor = 85);

-- Well-formed events that name what has not arrived. A settled row stays, so that a past run can be repeated.
CREATE TABLE parked (
    number           bigint      GENERATED ALWAYS AS IDENTITY,
    source           text        NOT NULL,
    id               text        NOT NULL,
    type             text        NOT NULL,
    happened_at      timestamptz NOT NULL,
    parked_at        timestamptz NOT NULL,
    parked_position  bigint      NOT NULL,  -- head of the log when it was parked
    body             bytea       NOT NULL,
    content_hash     bytea       NOT NULL,
    missing          text[]      NOT NULL,
    settled_at       timestamptz,
    settled_position bigint,                -- head when settled: its own position where it was accepted
    outcome          text CHECK (outcome IN ('accepted', 'refused')),
    CONSTRAINT parked_pkey PRIMARY KEY (number)
);
CREATE UNIQUE INDEX parked_open_once ON parked (source, id) WHERE settled_at IS NULL;
CREATE INDEX parked_open_missing ON parked USING gin (missing) WHERE settled_at IS NULL;

-- What was refused, as it was sent, for its owner.
CREATE TABLE refusals (
    number      bigint      GENERATED ALWAYS AS IDENTITY,
    source      text        NOT NULL,
    id          text,
    code        text        NOT NULL,
    detail      text        NOT NULL,
    received_at timestamptz NOT NULL,
    body        bytea       NOT NULL,  -- the first 64 KiB
    body_bytes  bigint      NOT NULL,  -- how many were sent
    CONSTRAINT refusals_pkey PRIMARY KEY (number)
);
CREATE INDEX refusals_by_source ON refusals (source, number);

-- What identifies people: sealed with a key per party, so that destroying the key erases the person.
CREATE TABLE vault (
    party       text  NOT NULL,  -- key of the party
    wrapped_key bytea NOT NULL,  -- the party's key, wrapped by the master key
    sealed      bytea NOT NULL,  -- nonce and AES-GCM cipher text of {"name":…,"identity":…}
    CONSTRAINT vault_pkey PRIMARY KEY (party)
);

-- Signed tree heads.
CREATE TABLE checkpoints (
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    frontier  bytea       NOT NULL,  -- roots of the perfect subtrees, largest first: what the next sealing starts from
    note      text        NOT NULL,  -- C2SP signed note
    sealed_at timestamptz NOT NULL,
    CONSTRAINT checkpoints_pkey PRIMARY KEY (size)
);
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_append_only;

-- By grant, too: even the owner gives these up.
DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON events, checkpoints FROM %I', current_user);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT ON events, checkpoints, refusals TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE ON boundary_states, parked TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON vault TO crowdledger_app;
    END IF;
END $$;
