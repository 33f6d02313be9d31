-- Views of the alert queue that people keep under a name. Configuration, and no facts: they change and go.
SET LOCAL lock_timeout = '5s';

CREATE TABLE saved_views (
    id         uuid        NOT NULL,
    owner_id   uuid        NOT NULL,
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    query      text        NOT NULL CHECK (length(query) <= 2000),  -- the filter as the address has it, without `?`
    shared     boolean     NOT NULL DEFAULT false,  -- the whole office sees it; its owner alone changes it
    at_start   boolean     NOT NULL DEFAULT false,  -- the queue opens with it, for its owner
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT saved_views_pkey PRIMARY KEY (id),
    CONSTRAINT saved_views_name UNIQUE (owner_id, name),
    CONSTRAINT saved_views_owner FOREIGN KEY (owner_id) REFERENCES users ON DELETE CASCADE
);
CREATE UNIQUE INDEX saved_views_one_at_start ON saved_views (owner_id) WHERE at_start;
CREATE INDEX saved_views_shared ON saved_views (name) WHERE shared;

-- What people did: their acts are all sent as the registry, few among millions.
CREATE INDEX events_of_office ON events (position) WHERE source = 'registry';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO crowdledger_app;
    END IF;
END $$;
