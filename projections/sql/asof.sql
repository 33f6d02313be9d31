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

-- name: told
-- The events of `types` that concern one entity, from position `since` on, that had happened by `at` and were known at
-- position `known`, in order of valid time; of the types in `read` with the body. A correction counts as a fact of the
-- type and the time of what it corrects: neither of the two `stands`, both moved money.
WITH corrections AS MATERIALIZED (
    SELECT c.position, c.source, c.tags, c.postings, o.id, o.type, o.happened_at
    FROM (
        SELECT position, source, tags, postings, convert_from(body, 'UTF8')::json -> 'data' ->> 'corrects' AS corrects
        FROM events
        WHERE tags @> ARRAY[%(tag)s::text] AND type = 'event.corrected' AND position <= %(known)s
    ) AS c
    JOIN events AS o ON o.source = c.source AND o.id = c.corrects
)
SELECT position, source, type, happened_at, CASE WHEN stands AND type = ANY (%(read)s) THEN body END, postings, stands,
       -- In groups of pledges, where they are many, so that one after the other can be counted and forgotten.
       CASE WHEN %(by_pledge)s THEN (SELECT tag FROM unnest(tags) AS t (tag) WHERE tag LIKE 'pledge:%%' LIMIT 1) END AS pledge
FROM (
    SELECT position, source, type, happened_at, body, postings, tags,
           (source, id) NOT IN (SELECT source, id FROM corrections) AS stands
    FROM events
    WHERE tags @> ARRAY[%(tag)s::text] AND type = ANY (%(types)s) AND position BETWEEN %(since)s AND %(known)s
    UNION ALL
    SELECT position, source, type, happened_at, NULL, postings, tags, false
    FROM corrections
    WHERE type = ANY (%(types)s) AND position >= %(since)s
) AS known
WHERE %(at)s::timestamptz IS NULL OR happened_at <= %(at)s
ORDER BY pledge NULLS FIRST, happened_at, position
