-- Keys, users and sessions; the tables are in migrations/0004_access.sql.

-- name: select_key
-- And whether it is time to note that it is in use: once an hour is enough to find keys that nobody needs.
SELECT id::text, name, role, source, coalesce(last_used_at < %(now)s - interval '1 hour', true)
FROM api_keys WHERE digest = %(digest)s AND revoked_at IS NULL

-- name: use_key
UPDATE api_keys SET last_used_at = %(now)s WHERE digest = %(digest)s AND revoked_at IS NULL

-- name: select_keys
SELECT id::text, name, role, source, created_at, revoked_at FROM api_keys ORDER BY created_at, id

-- name: insert_key
INSERT INTO api_keys (id, name, role, source, digest, created_at)
VALUES (%(id)s, %(name)s, %(role)s, %(source)s, %(digest)s, %(now)s)

-- name: revoke_keys
-- By id, or by name: then all keys of that name.
UPDATE api_keys SET revoked_at = %(now)s
WHERE revoked_at IS NULL AND (id::text = %(key)s OR name = %(key)s)
RETURNING id::text

-- name: select_user
SELECT id::text, name, role, source, person, password_hash FROM users WHERE name = %(name)s AND disabled_at IS NULL

-- name: select_users
SELECT id::text, name, role, source, person, created_at, disabled_at FROM users ORDER BY name

-- name: insert_user
INSERT INTO users (id, name, role, source, person, password_hash, created_at)
VALUES (%(id)s, %(name)s, %(role)s, %(source)s, %(person)s, %(password_hash)s, %(now)s)

-- name: disable_user
UPDATE users SET disabled_at = %(now)s WHERE disabled_at IS NULL AND name = %(name)s RETURNING id::text

-- name: insert_session
INSERT INTO sessions (digest, user_id, created_at, expires_at, method, last_seen_at, rest_seconds, browser)
VALUES (%(digest)s, %(user_id)s, %(now)s, %(expires_at)s, 'password', %(now)s, 3600, '')

-- name: select_session
SELECT u.id::text, u.name, u.role, u.source, u.person
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.digest = %(digest)s AND s.expires_at > %(now)s AND u.disabled_at IS NULL

-- name: delete_session
DELETE FROM sessions WHERE digest = %(digest)s

-- name: delete_expired_sessions
DELETE FROM sessions WHERE expires_at <= %(now)s
