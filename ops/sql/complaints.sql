-- Complaints of investors beside the log: migrations/0014_investor.sql.

-- name: recent
SELECT count(*), min(filed_at) FROM (
    SELECT filed_at FROM complaints
    WHERE person = %(person)s AND filed_at > %(since)s ORDER BY filed_at DESC LIMIT %(limit)s
) AS those

-- name: forget_unsent
-- Kept just before a server was killed, and never recorded: she got no answer then.
DELETE FROM complaints AS c
WHERE person = %(person)s AND filed_at < %(since)s
  AND NOT EXISTS (SELECT FROM events AS e WHERE e.source = 'registry' AND e.id = c.complaint)

-- name: keep
INSERT INTO complaints (complaint, person, party, subject, about, category, key_id, wrapped_key, sealed, filed_at)
VALUES (%(complaint)s, %(person)s, %(party)s, %(subject)s, %(about)s, %(category)s, %(key_id)s, %(wrapped_key)s, %(sealed)s,
        %(now)s)

-- name: drop
DELETE FROM complaints WHERE complaint = %(complaint)s

-- name: of_person
SELECT c.complaint, c.subject, c.about, c.category, c.filed_at, e.position, c.key_id, c.wrapped_key, c.sealed
FROM complaints AS c JOIN events AS e ON e.source = 'registry' AND e.id = c.complaint
WHERE c.person = %(person)s
  AND (%(at)s::timestamptz IS NULL OR (c.filed_at, c.complaint) < (%(at)s, %(complaint)s))
ORDER BY c.filed_at DESC, c.complaint DESC LIMIT %(limit)s

-- name: one
SELECT party, key_id, wrapped_key, sealed FROM complaints WHERE complaint = %(complaint)s
