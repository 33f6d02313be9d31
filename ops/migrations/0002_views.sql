-- Where each view stands in the log. The views themselves live in a schema each, are made by the runner, never migrated.
SET LOCAL lock_timeout = '5s';

-- Committed in the same transaction as the rows that the view derives from the events up to `position`.
-- `name` is that of the schema without its prefix: `pledges` is the live view, `pledges__next` one that is being rebuilt.
CREATE TABLE view_cursors (
    name            text        NOT NULL,
    version         integer     NOT NULL,
    position        bigint      NOT NULL,  -- all events up to here are in the view
    recorded_at     timestamptz,           -- known time of that event; null before the first
    state           text        NOT NULL,  -- live, building, parked
    error           text,                  -- why it is parked
    error_position  bigint,                -- the event that could not be folded
    changed_at      timestamptz NOT NULL,
    CONSTRAINT view_cursors_pkey PRIMARY KEY (name),
    CONSTRAINT view_cursors_state CHECK (state IN ('live', 'building', 'parked')),
    CONSTRAINT view_cursors_error CHECK ((state = 'parked') = (error IS NOT NULL))
) WITH (fillfactor = 10);  -- a handful of rows, rewritten at every batch: room for the new version in the same page

-- Held shared by whoever reads several views in one snapshot, exclusively for the moment in which a rebuilt view takes
-- the place of the old one. A snapshot that is older than a switch would otherwise find the new tables half empty.
CREATE TABLE view_switch ();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'crowdledger_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON view_cursors TO crowdledger_app;
        GRANT SELECT, UPDATE ON view_switch TO crowdledger_app;
    END IF;
END $$;
