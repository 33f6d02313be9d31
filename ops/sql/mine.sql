-- What the log has of one person.

-- name: events
-- That concern any of her parties, in order. The oldest of each page are sorted out of what the index finds.
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events WHERE tags && %(parties)s::text[] AND position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: looks
-- Looks at what identifies her, newest first: at one of her parties, or at who has her number.
SELECT position, source, id, type, happened_at, recorded_at, body, postings
FROM events WHERE tags && %(names)s::text[] AND type = 'vault.opened' ORDER BY position DESC LIMIT %(limit)s
