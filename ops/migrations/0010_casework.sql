-- Cases beside the log: their numbers and sealed files. Notifications: who is told by which channel, and what is under way.
SET LOCAL lock_timeout = '5s';

-- Two who open a case at once get two numbers. A number may be skipped.
CREATE SEQUENCE case_numbers;

CREATE TABLE case_files (
    evidence    text        NOT NULL,  -- the id that the event names
    case_id     text        NOT NULL,
    key_id      text        NOT NULL,  -- the master key that wraps the file's key
    wrapped_key bytea       NOT NULL,
    sealed      bytea       NOT NULL,  -- nonce and AES-GCM cipher text
    stored_at   timestamptz NOT NULL,
    CONSTRAINT case_files_pkey PRIMARY KEY (evidence)
);
CREATE INDEX case_files_by_key_id ON case_files (key_id);

CREATE TABLE subscriptions (
    id            uuid        NOT NULL,
    name          text        NOT NULL,
    channel       text        NOT NULL CHECK (channel IN ('webhook', 'email')),
    target        text        NOT NULL,  -- address: https://..., or of a mailbox
    min_severity  text        NOT NULL CHECK (min_severity IN ('info', 'low', 'medium', 'high', 'critical')),
    rule          text,                  -- null: any
    platform      text,
    language      text        NOT NULL CHECK (language IN ('zh', 'en')),
    group_seconds integer     NOT NULL CHECK (group_seconds BETWEEN 0 AND 3600),  -- findings that come within are one message
    from_position bigint      NOT NULL,  -- what was found up to here is not told
    created_by    text        NOT NULL,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id)
);

-- A message: gathering until due_at, then ready (its body is fixed) until it was sent or given up.
CREATE TABLE deliveries (
    id           uuid        NOT NULL,  -- the receiver sees it: the same message has the same id at every attempt
    subscription uuid        NOT NULL,
    status       text        NOT NULL CHECK (status IN ('gathering', 'ready', 'sent', 'dead')),
    findings     bigint[]    NOT NULL,  -- positions of alert.found
    body         text,
    attempts     integer     NOT NULL DEFAULT 0,
    next_try_at  timestamptz NOT NULL,  -- while gathering: when that ends
    last_error   text,
    created_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT deliveries_pkey PRIMARY KEY (id),
    CONSTRAINT deliveries_subscription FOREIGN KEY (subscription) REFERENCES subscriptions
);
CREATE UNIQUE INDEX deliveries_one_gathering ON deliveries (subscription) WHERE status = 'gathering';
CREATE INDEX deliveries_due ON deliveries (next_try_at) WHERE status IN ('gathering', 'ready');
CREATE INDEX deliveries_dead ON deliveries (created_at, id) WHERE status = 'dead';

-- How far the log was looked through for what to tell.
CREATE TABLE notification_cursor (
    one      boolean NOT NULL DEFAULT true CHECK (one),
    position bigint  NOT NULL,
    CONSTRAINT notification_cursor_pkey PRIMARY KEY (one)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT USAGE ON SEQUENCE case_numbers TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON case_files TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE ON subscriptions, notification_cursor TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO crowdledger_app;
    END IF;
END $$;
