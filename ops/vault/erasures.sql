-- The register of erasures.

-- name: erasures
SELECT tag, position, recorded_at FROM events, unnest(tags) AS tag
WHERE type = 'party.erased' AND tag LIKE 'party:%' ORDER BY position

-- name: drop
WITH gone AS (DELETE FROM vault WHERE party = ANY (%(parties)s) RETURNING party, person)
INSERT INTO vault_sweeps (subject, person, asked_at) SELECT party, person, %(now)s FROM gone RETURNING subject
