-- Acts of the office, newest first. Every act of a person is sent as the registry: index events_of_office walks just these.

-- name: acts
SELECT position, recorded_at, type, convert_from(body, 'UTF8')
FROM events
WHERE source = 'registry'
  AND (%(before)s::bigint IS NULL OR position < %(before)s)
  AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)
  AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
  AND (%(who)s::text IS NULL OR convert_from(body, 'UTF8')::jsonb #>> '{data,by}' = %(who)s)
ORDER BY position DESC LIMIT %(limit)s

-- name: door
SELECT l.number, l.at, coalesce(u.name, l.key_name), l.what, l.about
FROM door_log AS l LEFT JOIN users AS u ON u.id = l.user_id
WHERE (%(before)s::bigint IS NULL OR l.number < %(before)s)
  AND (%(since)s::timestamptz IS NULL OR l.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR l.at < %(until)s)
  AND (%(who)s::text IS NULL OR u.name = %(who)s OR l.key_name = %(who)s)
ORDER BY l.number DESC LIMIT %(limit)s
