-- Reads of the log in both times. They go to the log itself, so no view's lag is in them.

-- name: known
-- The last position recorded by a moment; 0 where that is before the first. Known time never goes back and positions have
-- no gaps, so a search by halves over the primary key finds it in some 30 probes.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, coalesce(max(position), 0) FROM events
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= %(known_at)s THEN s.middle ELSE s.low END,
           CASE WHEN e.recorded_at <= %(known_at)s THEN s.high ELSE s.middle - 1 END
    FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS s
    JOIN events AS e ON e.position = s.middle
)
SELECT low FROM search WHERE low = high

-- name: first_recorded
SELECT recorded_at FROM events WHERE position = 1

-- name: opened
-- What made the entity, as far as was known: an opening that was corrected is none, and its id may have been used again.
SELECT position, happened_at, recorded_at
FROM events AS e
WHERE tags @> ARRAY[%(tag)s::text] AND type = %(opening)s AND position <= %(known)s
  AND NOT EXISTS (
    SELECT FROM events AS c
    WHERE c.tags @> ARRAY[%(tag)s::text] AND c.type = 'event.corrected' AND c.position <= %(known)s
      AND c.source = e.source AND convert_from(c.body, 'UTF8')::json -> 'data' ->> 'corrects' = e.id
  )
ORDER BY position DESC LIMIT 1

-- name: standing
-- The events of `types` that concern one entity, from position `since` on, that had happened by `at` and were known at
-- position `known`, without those corrected by then, in order of valid time. Only of the types in `read` with the body.
SELECT position, source, type, happened_at, CASE WHEN type = ANY (%(read)s) THEN body END, postings
FROM events AS e
WHERE tags @> ARRAY[%(tag)s::text] AND type = ANY (%(types)s) AND position BETWEEN %(since)s AND %(known)s
  AND (%(at)s::timestamptz IS NULL OR happened_at <= %(at)s)
  AND NOT EXISTS (
    SELECT FROM events AS c
    WHERE c.tags @> ARRAY[%(tag)s::text] AND c.type = 'event.corrected' AND c.position <= %(known)s
      AND c.source = e.source AND convert_from(c.body, 'UTF8')::json -> 'data' ->> 'corrects' = e.id
  )
ORDER BY happened_at, position
