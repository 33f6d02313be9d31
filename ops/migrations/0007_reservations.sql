-- Room that a platform holds for an investor between asking and reporting. Not facts, so not in the log: they expire.
SET LOCAL lock_timeout = '5s';

CREATE TABLE reservations (
    id         uuid        NOT NULL,
    platform   text        NOT NULL,  -- scope of who asked
    party      text        NOT NULL,  -- key of the investor there
    person     text,                  -- her identity over all platforms, where it is known
    about      text        NOT NULL,  -- key of the campaign or loan
    amount     bigint      NOT NULL,
    currency   text        NOT NULL,
    position   bigint      NOT NULL,  -- of the log when it was made: the pledge or bid that uses it comes after
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,           -- given back before it expired
    CONSTRAINT reservations_pkey PRIMARY KEY (id),
    CONSTRAINT reservations_amount CHECK (amount > 0)
);
CREATE INDEX reservations_by_party ON reservations (party, expires_at);
CREATE INDEX reservations_by_about ON reservations (about, expires_at);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON reservations TO crowdledger_app;
    END IF;
END $$;
