-- Who may ask: keys of machines, users with passwords, their sessions. Only digests are stored.
SET LOCAL lock_timeout = '5s';

CREATE TABLE api_keys (
    id         uuid        NOT NULL,
    name       text        NOT NULL,
    role       text        NOT NULL,
    source     text,                 -- what it sends events as; null where it sends none
    digest     bytea       NOT NULL, -- HMAC-SHA-256 of the key under a secret of the settings
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_digest UNIQUE (digest),
    CONSTRAINT api_keys_role CHECK (
        (role = 'platform' AND source ~ '^platform:[A-Za-z0-9._:-]{1,128}$')
        OR (role = 'regulator' AND source = 'registry')
        OR (role = 'auditor' AND source IS NULL)
    )
);

CREATE TABLE users (
    id            uuid        NOT NULL,
    name          text        NOT NULL,
    role          text        NOT NULL,
    source        text,                 -- as with a key
    person        text,                 -- an investor's pseudonym, the same over all platforms
    password_hash text        NOT NULL, -- argon2id
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_name UNIQUE (name),
    CONSTRAINT users_role CHECK (
        (role = 'platform' AND source ~ '^platform:[A-Za-z0-9._:-]{1,128}$' AND person IS NULL)
        OR (role = 'regulator' AND source = 'registry' AND person IS NULL)
        OR (role = 'auditor' AND source IS NULL AND person IS NULL)
        OR (role = 'investor' AND source IS NULL AND person ~ '^[0-9a-f]{64}$')
    )
);

CREATE TABLE sessions (
    digest     bytea       NOT NULL, -- HMAC-SHA-256 of the cookie's token
    user_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (digest),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT, UPDATE ON api_keys, users TO crowdledger_app;
        GRANT SELECT, INSERT, DELETE ON sessions TO crowdledger_app;
    END IF;
END $$;
