-- Coming in: second factors, sessions that end, failures counted for all processes, entries that are used once, and what
-- was done at the door. What is secret is sealed, or a digest under a secret of the settings.
SET LOCAL lock_timeout = '5s';

ALTER TABLE users
    ADD COLUMN issuer              text,  -- the identity provider that vouches for them; null: a password does
    ADD COLUMN subject             text,  -- who they are there, for life
    ADD COLUMN password_changed_at timestamptz,
    ADD CONSTRAINT users_subject UNIQUE (issuer, subject),
    ADD CONSTRAINT users_provider CHECK ((issuer IS NULL) = (subject IS NULL));
CREATE INDEX users_by_person ON users (person) WHERE person IS NOT NULL;

-- Who was signed in signs in again: an old session knows nothing of rest.
DELETE FROM sessions;
ALTER TABLE sessions
    ADD COLUMN id           uuid        NOT NULL DEFAULT gen_random_uuid(),  -- what its owner ends it by
    ADD COLUMN method       text        NOT NULL
        CHECK (method IN ('password', 'totp', 'recovery', 'provider', 'link', 'code')),
    ADD COLUMN last_seen_at timestamptz NOT NULL,  -- to the minute
    ADD COLUMN rest_seconds integer     NOT NULL CHECK (rest_seconds > 0),
    ADD COLUMN browser      text        NOT NULL,  -- its family and system, no more
    ADD CONSTRAINT sessions_id UNIQUE (id);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE second_factors (
    user_id      uuid        NOT NULL,
    key_id       text        NOT NULL,  -- sealed as boxes of the vault are: key, nonce and AES-GCM cipher text
    wrapped_key  bytea       NOT NULL,
    sealed       bytea       NOT NULL,
    made_at      timestamptz NOT NULL,
    confirmed_at timestamptz,           -- null: shown, and not proved by a code yet
    last_step    bigint      NOT NULL,  -- the time step of the last code that was taken (RFC 6238, 5.2)
    CONSTRAINT second_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT second_factors_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);

CREATE TABLE recovery_codes (
    user_id uuid        NOT NULL,
    digest  bytea       NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, digest),
    CONSTRAINT recovery_codes_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);

-- Whose password was right, until the code is.
CREATE TABLE pending_sign_ins (
    digest     bytea       NOT NULL,
    visit      bytea       NOT NULL,  -- digest of the visit's cookie: another browser can't go on
    user_id    uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pending_sign_ins_pkey PRIMARY KEY (digest),
    CONSTRAINT pending_sign_ins_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);

-- Who was sent to the identity provider and has not come back.
CREATE TABLE provider_states (
    digest     bytea       NOT NULL,
    visit      bytea       NOT NULL,
    wanted     text        NOT NULL,  -- the page to lead to
    expires_at timestamptz NOT NULL,
    CONSTRAINT provider_states_pkey PRIMARY KEY (digest)
);
CREATE INDEX provider_states_by_expiry ON provider_states (expires_at);

-- Failures in a row. A bucket is a keyed digest of a name, or of a name and a network: whoever reads it learns no name.
CREATE TABLE sign_in_failures (
    bucket   bytea       NOT NULL,
    failures integer     NOT NULL,
    last_at  timestamptz NOT NULL,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (bucket)
);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (last_at);

-- From where somebody has signed in: failures from elsewhere don't keep them out there.
CREATE TABLE known_networks (
    user_id uuid        NOT NULL,
    network bytea       NOT NULL,  -- keyed digest
    last_at timestamptz NOT NULL,
    CONSTRAINT known_networks_pkey PRIMARY KEY (user_id, network),
    CONSTRAINT known_networks_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);

-- Links and codes that a platform hands to an investor.
CREATE TABLE entry_tickets (
    id          uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('link', 'code')),
    digest      bytea       NOT NULL,  -- of the link's token, of the code's reference
    code_digest bytea,                 -- of reference and code
    person      text        NOT NULL,
    source      text        NOT NULL,  -- the platform
    party       text        NOT NULL,
    made_by     text        NOT NULL,  -- name of its key
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    tries       integer     NOT NULL DEFAULT 0,
    used_at     timestamptz,
    CONSTRAINT entry_tickets_pkey PRIMARY KEY (id),
    CONSTRAINT entry_tickets_digest UNIQUE (digest),
    CONSTRAINT entry_tickets_code CHECK ((kind = 'code') = (code_digest IS NOT NULL))
);
CREATE INDEX entry_tickets_by_party ON entry_tickets (source, party);
CREATE INDEX entry_tickets_by_expiry ON entry_tickets (expires_at);

-- Sign-ins, and looks that are no events. A person stands here by id, so that an erasure reaches the name.
CREATE TABLE door_log (
    number   bigint      GENERATED ALWAYS AS IDENTITY,
    at       timestamptz NOT NULL,
    user_id  uuid,                 -- of users; null: somebody unknown, or a machine
    key_name text,                 -- of the machine's key, or of the operator at the command line
    role     text,
    what     text        NOT NULL CHECK (what ~ '^[a-z_]{1,40}$'),
    network  bytea,                -- keyed digest of the address: equal ones can be told, none can be read
    about    jsonb       NOT NULL, -- codes and ids, no names
    CONSTRAINT door_log_pkey PRIMARY KEY (number)
);
CREATE INDEX door_log_by_user ON door_log (user_id, number);
CREATE INDEX door_log_by_key ON door_log (key_name, number) WHERE key_name IS NOT NULL;
CREATE TRIGGER door_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON door_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_v1();
ALTER TABLE door_log ENABLE ALWAYS TRIGGER door_log_append_only;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON door_log FROM %I', current_user);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT ON door_log TO crowdledger_app;
        GRANT UPDATE ON sessions TO crowdledger_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON second_factors, recovery_codes, pending_sign_ins, provider_states,
            sign_in_failures, known_networks, entry_tickets TO crowdledger_app;
    END IF;
END $$;
