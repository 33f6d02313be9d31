-- Complaints of investors beside the log: whose each is, and its text, sealed like people's data. The event has neither.
SET LOCAL lock_timeout = '5s';

CREATE TABLE complaints (
    complaint   text        NOT NULL,  -- the id that the event names; without an event it was never received
    person      text        NOT NULL,  -- pseudonym of who complains
    party       text        NOT NULL,  -- she, on the platform that it is about (key)
    subject     text        NOT NULL,  -- what she chose: her pledge or loan, or the platform (key)
    about       text        NOT NULL,  -- what the event is about (key)
    category    text        NOT NULL,
    key_id      text        NOT NULL,  -- the master key that wraps the text's key
    wrapped_key bytea       NOT NULL,
    sealed      bytea       NOT NULL,  -- nonce and AES-GCM cipher text of salt and text
    filed_at    timestamptz NOT NULL,
    CONSTRAINT complaints_pkey PRIMARY KEY (complaint)
);
CREATE INDEX complaints_by_person ON complaints (person, filed_at, complaint);
CREATE INDEX complaints_by_key_id ON complaints (key_id);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON complaints TO crowdledger_app;
    END IF;
END $$;
