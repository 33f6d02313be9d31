-- Cases beside the log: their numbers and their sealed files.

-- name: put_file
INSERT INTO case_files (evidence, case_id, key_id, wrapped_key, sealed, stored_at)
VALUES (%(evidence)s, %(case_id)s, %(key_id)s, %(wrapped_key)s, %(sealed)s, %(now)s)

-- name: file
SELECT key_id, wrapped_key, sealed FROM case_files WHERE evidence = %(evidence)s AND case_id = %(case_id)s

-- name: drop_file
DELETE FROM case_files WHERE evidence = %(evidence)s

-- name: next_case
SELECT nextval('case_numbers')
