-- The vault: what identifies people, and the keys of refused bodies.

-- name: hold
-- First in the transaction: a snapshot from before a sweep would find the tables empty. To lock takes no snapshot.
LOCK TABLE vault, refusal_keys, complaints IN ACCESS SHARE MODE

-- name: boxes
SELECT party, key_id, wrapped_key, sealed FROM vault WHERE party = ANY (%(parties)s) ORDER BY party

-- name: of_person
-- All parties of a person, those that were forgotten too.
SELECT party FROM vault WHERE person = %(person)s
UNION SELECT subject FROM vault_sweeps WHERE person = %(person)s ORDER BY 1

-- name: barrier
-- Whoever took the append's lock before us has committed when we get it; whoever comes after sees the new master key.
SELECT pg_advisory_xact_lock(7205759)

-- name: to_rewrap_vault
SELECT party, key_id, wrapped_key FROM vault WHERE key_id <> %(current)s ORDER BY party LIMIT %(limit)s FOR UPDATE

-- name: to_rewrap_refusals
SELECT number, key_id, wrapped_key FROM refusal_keys WHERE key_id <> %(current)s ORDER BY number LIMIT %(limit)s
FOR UPDATE

-- name: rewrapped_vault
UPDATE vault SET key_id = %(key_id)s, wrapped_key = %(wrapped_key)s WHERE party = %(id)s

-- name: rewrapped_refusals
UPDATE refusal_keys SET key_id = %(key_id)s, wrapped_key = %(wrapped_key)s WHERE number = %(id)s

-- name: counts
SELECT (SELECT count(*) FROM vault), (SELECT count(*) FROM refusal_keys),
       (SELECT count(*) FROM vault_sweeps WHERE swept_at IS NULL)

-- name: unswept
SELECT EXISTS (SELECT FROM vault_sweeps WHERE swept_at IS NULL AND (%(subject)s::text IS NULL OR subject = %(subject)s))

-- name: sweep
-- TRUNCATE gives a table new files and drops the old ones at the commit. VACUUM FULL would not do: it copies deleted rows
-- for as long as an old snapshot (a backup, an export) might look at them.
-- The append's lock comes first, as in every group: a group that waited for us inside would wait in a circle.
SET LOCAL lock_timeout = '5s';
SELECT pg_advisory_xact_lock(7205759);
LOCK TABLE vault, refusal_keys, complaints IN ACCESS EXCLUSIVE MODE;
CREATE TEMPORARY TABLE kept_boxes ON COMMIT DROP AS SELECT * FROM vault;
TRUNCATE vault;
INSERT INTO vault SELECT * FROM kept_boxes;
CREATE TEMPORARY TABLE kept_keys ON COMMIT DROP AS SELECT * FROM refusal_keys;
TRUNCATE refusal_keys;
INSERT INTO refusal_keys SELECT * FROM kept_keys;
CREATE TEMPORARY TABLE kept_complaints ON COMMIT DROP AS SELECT * FROM complaints;
TRUNCATE complaints;
INSERT INTO complaints SELECT * FROM kept_complaints

-- name: sweep_refusals
-- Only where bodies that had never been sealed were overwritten, or names to sign in with.
-- They were counted when they came in, and must not be again.
CREATE TEMPORARY TABLE kept_refusals ON COMMIT DROP AS SELECT * FROM refusals;
TRUNCATE refusals;
ALTER TABLE refusals DISABLE TRIGGER refusals_counted;
INSERT INTO refusals OVERRIDING SYSTEM VALUE SELECT * FROM kept_refusals;
ALTER TABLE refusals ENABLE TRIGGER refusals_counted

-- name: swept
UPDATE vault_sweeps SET swept_at = %(now)s WHERE swept_at IS NULL RETURNING subject

-- name: checkpoint
-- The files of what was dropped are removed at a checkpoint.
CHECKPOINT

-- name: refusals_page
SELECT number, source, id, code, detail, received_at, body, body_bytes, sealed, key_id, wrapped_key
FROM refusals LEFT JOIN refusal_keys USING (number)
WHERE number > %(after)s AND (NOT sealed OR wrapped_key IS NOT NULL) ORDER BY number LIMIT %(limit)s

-- name: forget_refusals
DELETE FROM refusal_keys WHERE number = ANY (%(numbers)s)

-- name: blank_refusals
-- From before bodies were sealed. The details of a refusal may quote what was sent.
UPDATE refusals SET body = '', detail = 'erased', sealed = true WHERE number = ANY (%(numbers)s)

-- name: expire_refusals
DELETE FROM refusal_keys AS k USING refusals AS r
WHERE r.number = k.number AND r.received_at < %(before)s

-- name: forget_users
-- An investor's name to sign in with is hers, too.
UPDATE users SET name = 'erased-' || id, password_hash = '', disabled_at = coalesce(disabled_at, %(now)s)
WHERE person = %(person)s AND name <> 'erased-' || id

-- name: end_sessions
DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE person = %(person)s)

-- name: forget_second_factors
DELETE FROM second_factors WHERE user_id IN (SELECT id FROM users WHERE person = %(person)s)

-- name: forget_recovery_codes
DELETE FROM recovery_codes WHERE user_id IN (SELECT id FROM users WHERE person = %(person)s)

-- name: forget_networks
DELETE FROM known_networks WHERE user_id IN (SELECT id FROM users WHERE person = %(person)s)

-- name: forget_tickets
DELETE FROM entry_tickets WHERE person = %(person)s

-- name: forget_complaints
DELETE FROM complaints WHERE person = %(person)s

-- name: forget_complaints_again
-- What a restored backup has of those who were erased after they complained.
DELETE FROM complaints AS c USING events AS e
WHERE e.type = 'party.erased' AND c.party = ANY (e.tags) AND e.recorded_at > c.filed_at

-- name: erased_with_boxes
-- Boxes whose party the log says was erased once; its state tells whether it was registered anew since.
SELECT DISTINCT v.party, s.state FROM events AS e
JOIN vault AS v ON v.party = ANY (e.tags) JOIN boundary_states AS s ON s.key = v.party
WHERE e.type = 'party.erased'

-- name: drop_boxes
WITH gone AS (DELETE FROM vault WHERE party = ANY (%(parties)s) RETURNING party, person)
INSERT INTO vault_sweeps (subject, person, asked_at) SELECT party, person, %(now)s FROM gone RETURNING subject

-- name: to_rewrap_case_files
SELECT evidence, key_id, wrapped_key FROM case_files WHERE key_id <> %(current)s ORDER BY evidence LIMIT %(limit)s FOR UPDATE

-- name: rewrapped_case_files
UPDATE case_files SET key_id = %(key_id)s, wrapped_key = %(wrapped_key)s WHERE evidence = %(id)s

-- name: to_rewrap_complaints
SELECT complaint, key_id, wrapped_key FROM complaints WHERE key_id <> %(current)s ORDER BY complaint LIMIT %(limit)s FOR UPDATE

-- name: rewrapped_complaints
UPDATE complaints SET key_id = %(key_id)s, wrapped_key = %(wrapped_key)s WHERE complaint = %(id)s
