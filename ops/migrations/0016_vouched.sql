-- What a session by a platform's link shows: what its investor has on the platforms that vouched for her in it.
SET LOCAL lock_timeout = '5s';

-- Begun when a link still showed everything; they would have ended within two hours.
DELETE FROM sessions WHERE method IN ('link', 'code');
ALTER TABLE sessions
    ADD COLUMN sources text[] CHECK (sources <> '{}'),  -- null: all that is its user's
    ADD CONSTRAINT sessions_sources CHECK (sources IS NULL OR method IN ('link', 'code'));
