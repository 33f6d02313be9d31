-- Views of the alert queue that people keep; the table is in migrations/0012_desk.sql.

-- name: seen_by
-- A name is compared by bytes, so that the order is the same everywhere.
SELECT v.id, v.name, v.query, u.name, v.owner_id = %(user)s AS mine, v.shared, v.at_start AND v.owner_id = %(user)s
FROM saved_views AS v JOIN users AS u ON u.id = v.owner_id
WHERE v.owner_id = %(user)s OR (v.shared AND u.disabled_at IS NULL)
ORDER BY mine DESC, v.name COLLATE "C", v.id LIMIT 200

-- name: at_start
SELECT query FROM saved_views WHERE owner_id = %(user)s AND at_start

-- name: how_many
SELECT count(*) FROM saved_views WHERE owner_id = %(user)s

-- name: none_at_start
UPDATE saved_views SET at_start = false WHERE owner_id = %(user)s AND at_start

-- name: keep
INSERT INTO saved_views (id, owner_id, name, query, shared, at_start, created_at, changed_at)
VALUES (%(id)s, %(user)s, %(name)s, %(query)s, %(shared)s, %(at_start)s, %(now)s, %(now)s)

-- name: change
UPDATE saved_views SET name = %(name)s, shared = %(shared)s, at_start = %(at_start)s, changed_at = %(now)s
WHERE id = %(id)s AND owner_id = %(user)s RETURNING id

-- name: drop
DELETE FROM saved_views WHERE id = %(id)s AND owner_id = %(user)s RETURNING id
