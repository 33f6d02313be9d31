-- Sign-ins and looks; the table is in migrations/0011_door.sql.

-- name: insert_note
INSERT INTO door_log (at, user_id, key_name, role, what, network, about)
VALUES (%(now)s, %(user_id)s, %(key_name)s, %(role)s, %(what)s, %(network)s, %(about)s)

-- name: page
SELECT l.number, l.at, coalesce(u.name, l.key_name), l.role, l.what, l.network, l.about
FROM door_log l LEFT JOIN users u ON u.id = l.user_id
WHERE %(before)s::bigint IS NULL OR l.number < %(before)s
ORDER BY l.number DESC LIMIT %(limit)s

-- name: page_of
-- Two walks along an index each: with OR the planner reads the whole table where the name has few lines.
SELECT l.number, l.at, %(name)s::text, l.role, l.what, l.network, l.about FROM (
    (SELECT d.* FROM door_log d WHERE d.user_id = (SELECT id FROM users WHERE name = %(name)s)
        AND (%(before)s::bigint IS NULL OR d.number < %(before)s) ORDER BY d.number DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT d.* FROM door_log d WHERE d.key_name = %(name)s
        AND (%(before)s::bigint IS NULL OR d.number < %(before)s) ORDER BY d.number DESC LIMIT %(limit)s)
) l ORDER BY l.number DESC LIMIT %(limit)s
