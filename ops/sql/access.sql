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

-- name: select_users
SELECT u.id::text, u.name, u.role, u.source, u.person, u.created_at, u.disabled_at, f.confirmed_at, u.issuer
FROM users u LEFT JOIN second_factors f ON f.user_id = u.id ORDER BY u.name

-- name: insert_user
INSERT INTO users (id, name, role, source, person, password_hash, created_at)
VALUES (%(id)s, %(name)s, %(role)s, %(source)s, %(person)s, %(password_hash)s, %(now)s)

-- name: disable_user
UPDATE users SET disabled_at = %(now)s WHERE disabled_at IS NULL AND name = %(name)s RETURNING id::text, role

-- name: reset_password
UPDATE users SET password_hash = %(password_hash)s, password_changed_at = %(now)s
WHERE disabled_at IS NULL AND issuer IS NULL AND name = %(name)s RETURNING id::text, role

-- name: reset_totp
DELETE FROM second_factors f USING users u WHERE u.id = f.user_id AND u.name = %(name)s RETURNING u.id::text, u.role

-- name: drop_recovery_codes
DELETE FROM recovery_codes WHERE user_id = %(user_id)s

-- name: drop_sessions
DELETE FROM sessions WHERE user_id = %(user_id)s

-- name: drop_pending
DELETE FROM pending_sign_ins WHERE user_id = %(user_id)s

-- name: forget_failures
DELETE FROM sign_in_failures WHERE bucket = ANY (%(buckets)s)

-- name: select_session
SELECT u.id::text, u.name, u.role, u.source, u.person, s.method, s.last_seen_at, s.sources
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.digest = %(digest)s AND s.expires_at > %(now)s AND u.disabled_at IS NULL
    AND s.last_seen_at + make_interval(secs => s.rest_seconds) > %(now)s

-- name: touch_session
UPDATE sessions SET last_seen_at = %(now)s WHERE digest = %(digest)s AND last_seen_at < %(before)s

-- name: delete_session
DELETE FROM sessions s USING users u WHERE u.id = s.user_id AND s.digest = %(digest)s RETURNING u.id::text, u.role
