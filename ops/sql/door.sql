-- Coming in, and one's own account; the tables are in migrations/0011_door.sql.

-- name: user_by_name
SELECT u.id::text, u.name, u.role, u.source, u.person, u.password_hash,
    EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),
    EXISTS (SELECT FROM known_networks k WHERE k.user_id = u.id AND k.network = %(network)s)
FROM users u WHERE u.name = %(name)s AND u.disabled_at IS NULL

-- name: take_bucket
-- Takes the row's lock, also where it is made now: of many attempts at once each sees what those before it counted.
INSERT INTO sign_in_failures AS f (bucket, failures, last_at) VALUES (%(bucket)s, 0, %(now)s)
ON CONFLICT (bucket) DO UPDATE SET bucket = f.bucket
RETURNING failures, last_at

-- name: set_bucket
UPDATE sign_in_failures SET failures = %(failures)s, last_at = %(now)s WHERE bucket = %(bucket)s

-- name: clear_buckets
DELETE FROM sign_in_failures WHERE bucket = ANY (%(buckets)s)

-- name: forget_buckets
-- A few with each attempt: more rows than attempts there never are. Who is at work on a row keeps it.
DELETE FROM sign_in_failures WHERE bucket IN (
    SELECT bucket FROM sign_in_failures WHERE last_at < %(before)s ORDER BY last_at LIMIT 10 FOR UPDATE SKIP LOCKED)

-- name: insert_session
-- Only for the user as she was when her password was read: a change in between ends this session before it begins.
WITH able AS (
    SELECT id FROM users
    WHERE id = %(user_id)s AND disabled_at IS NULL
        AND (%(password_hash)s::text IS NULL OR password_hash = %(password_hash)s)
    FOR SHARE
)
INSERT INTO sessions (digest, user_id, created_at, expires_at, method, last_seen_at, rest_seconds, browser, sources)
SELECT %(digest)s, id, %(now)s, %(expires_at)s, %(method)s, %(now)s, %(rest_seconds)s, %(browser)s, %(sources)s::text[]
FROM able
RETURNING user_id

-- name: delete_expired
WITH a AS (DELETE FROM sessions WHERE expires_at <= %(now)s), b AS (DELETE FROM pending_sign_ins WHERE expires_at <= %(now)s)
DELETE FROM provider_states WHERE expires_at <= %(now)s

-- name: know_network
INSERT INTO known_networks (user_id, network, last_at) VALUES (%(user_id)s, %(network)s, %(now)s)
ON CONFLICT (user_id, network) DO UPDATE SET last_at = excluded.last_at

-- name: forget_networks
DELETE FROM known_networks WHERE user_id = %(user_id)s AND last_at < %(before)s

-- name: insert_pending
WITH able AS (
    SELECT id FROM users WHERE id = %(user_id)s AND disabled_at IS NULL AND password_hash = %(password_hash)s FOR SHARE
)
INSERT INTO pending_sign_ins (digest, visit, user_id, expires_at)
SELECT %(digest)s, %(visit)s, id, %(expires_at)s FROM able
RETURNING user_id

-- name: select_pending
SELECT u.id::text, u.name, u.role, u.source, u.person, f.key_id, f.wrapped_key, f.sealed, f.last_step
FROM pending_sign_ins p JOIN users u ON u.id = p.user_id JOIN second_factors f ON f.user_id = u.id
WHERE p.digest = %(digest)s AND p.visit = %(visit)s AND p.expires_at > %(now)s AND u.disabled_at IS NULL
    AND f.confirmed_at IS NOT NULL

-- name: take_pending
DELETE FROM pending_sign_ins WHERE digest = %(digest)s AND user_id = %(user_id)s RETURNING user_id

-- name: take_step
-- A code is taken once: whoever comes second finds its step taken.
UPDATE second_factors SET last_step = %(step)s
WHERE user_id = %(user_id)s AND last_step < %(step)s AND confirmed_at IS NOT NULL
RETURNING user_id

-- name: take_recovery_code
UPDATE recovery_codes SET used_at = %(now)s WHERE user_id = %(user_id)s AND digest = %(digest)s AND used_at IS NULL
RETURNING user_id

-- name: account
SELECT u.password_hash <> '', u.issuer, u.password_changed_at,
    (SELECT f.confirmed_at FROM second_factors f WHERE f.user_id = u.id),
    (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL)
FROM users u WHERE u.id = %(user_id)s

-- name: vouched_before
-- What the session shows that the same person has in the same browser already.
SELECT sources FROM sessions
WHERE digest = %(before)s AND user_id = %(user_id)s AND expires_at > %(now)s
    AND last_seen_at + make_interval(secs => rest_seconds) > %(now)s

-- name: own_sessions
SELECT id::text, digest, method, created_at, last_seen_at, expires_at, browser, sources FROM sessions
WHERE (%(sources)s::text[] IS NULL OR sources <@ %(sources)s) AND user_id = %(user_id)s AND expires_at > %(now)s AND last_seen_at + make_interval(secs => rest_seconds) > %(now)s
ORDER BY last_seen_at DESC, id LIMIT 100

-- name: own_password
SELECT password_hash FROM users WHERE id = %(user_id)s AND disabled_at IS NULL

-- name: select_second_factor
SELECT key_id, wrapped_key, sealed, last_step FROM second_factors
WHERE user_id = %(user_id)s AND (confirmed_at IS NOT NULL) = %(confirmed)s

-- name: insert_second_factor
INSERT INTO second_factors (user_id, key_id, wrapped_key, sealed, made_at, last_step)
VALUES (%(user_id)s, %(key_id)s, %(wrapped_key)s, %(sealed)s, %(now)s, 0)
ON CONFLICT (user_id) DO NOTHING

-- name: confirm_second_factor
UPDATE second_factors SET confirmed_at = %(now)s, last_step = %(step)s
WHERE user_id = %(user_id)s AND confirmed_at IS NULL RETURNING user_id

-- name: delete_second_factor
DELETE FROM second_factors WHERE user_id = %(user_id)s RETURNING user_id

-- name: delete_recovery_codes
DELETE FROM recovery_codes WHERE user_id = %(user_id)s

-- name: insert_recovery_codes
INSERT INTO recovery_codes (user_id, digest) SELECT %(user_id)s, unnest(%(digests)s::bytea[])

-- name: rotate_session
UPDATE sessions SET digest = %(new)s, method = coalesce(%(method)s, method)
WHERE digest = %(old)s AND user_id = %(user_id)s RETURNING user_id

-- name: weaken_sessions
-- What was begun with a second factor that is no more counts as begun by password alone.
UPDATE sessions SET method = 'password' WHERE user_id = %(user_id)s AND method IN ('totp', 'recovery')

-- name: end_others
DELETE FROM sessions
WHERE user_id = %(user_id)s AND digest <> %(keep)s AND (%(sources)s::text[] IS NULL OR sources <@ %(sources)s)
RETURNING digest

-- name: end_one
DELETE FROM sessions
WHERE user_id = %(user_id)s AND id = %(id)s AND (%(sources)s::text[] IS NULL OR sources <@ %(sources)s)
RETURNING digest

-- name: end_pending
DELETE FROM pending_sign_ins WHERE user_id = %(user_id)s

-- name: change_password
UPDATE users SET password_hash = %(new_hash)s, password_changed_at = %(now)s
WHERE id = %(user_id)s AND password_hash = %(old_hash)s AND disabled_at IS NULL RETURNING id

-- name: end_tickets
DELETE FROM entry_tickets
WHERE (source = %(source)s AND party = %(party)s AND kind = %(kind)s) OR expires_at < %(before)s

-- name: insert_ticket
INSERT INTO entry_tickets (id, kind, digest, code_digest, person, source, party, made_by, made_at, expires_at)
VALUES (%(id)s, %(kind)s, %(digest)s, %(code_digest)s, %(person)s, %(source)s, %(party)s, %(made_by)s, %(now)s,
    %(expires_at)s)

-- name: ticket_source
SELECT source FROM entry_tickets WHERE digest = %(digest)s AND used_at IS NULL AND expires_at > %(now)s

-- name: try_ticket
-- Takes the row's lock: of two who use one link at once the second finds it used.
UPDATE entry_tickets SET tries = tries + 1
WHERE digest = %(digest)s AND used_at IS NULL AND expires_at > %(now)s AND tries < %(tries)s
RETURNING code_digest, person, source, party

-- name: use_ticket
UPDATE entry_tickets SET used_at = %(now)s WHERE digest = %(digest)s

-- name: investors_of
SELECT id::text, name, role, source, person, disabled_at IS NOT NULL FROM users
WHERE role = 'investor' AND person = %(person)s ORDER BY disabled_at IS NOT NULL, created_at, id LIMIT 1

-- name: insert_investor
INSERT INTO users (id, name, role, person, password_hash, created_at)
VALUES (%(id)s, %(name)s, 'investor', %(person)s, '', %(now)s) ON CONFLICT (name) DO NOTHING

-- name: insert_state
INSERT INTO provider_states (digest, visit, wanted, expires_at) VALUES (%(digest)s, %(visit)s, %(wanted)s, %(expires_at)s)

-- name: take_state
DELETE FROM provider_states WHERE digest = %(digest)s AND visit = %(visit)s AND expires_at > %(now)s RETURNING wanted

-- name: user_by_subject
SELECT id::text, name, role, source, person, disabled_at IS NOT NULL FROM users
WHERE issuer = %(issuer)s AND subject = %(subject)s FOR UPDATE

-- name: name_taken
SELECT 1 FROM users WHERE lower(name) = lower(%(name)s)

-- name: insert_vouched
INSERT INTO users (id, name, role, source, password_hash, created_at, issuer, subject)
VALUES (%(id)s, %(name)s, %(role)s, %(source)s, '', %(now)s, %(issuer)s, %(subject)s) ON CONFLICT DO NOTHING

-- name: update_role
UPDATE users SET role = %(role)s, source = %(source)s WHERE id = %(user_id)s

-- name: end_all
DELETE FROM sessions WHERE user_id = %(user_id)s RETURNING digest
