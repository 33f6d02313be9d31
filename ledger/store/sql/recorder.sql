-- name: head
SELECT max(position) FROM events

-- name: query
-- An event matches an item when its type is among the item's types (or there are none) and it has all of its tags.
SELECT position, type, body, tags
FROM events
WHERE position > %(after)s AND position <= %(until)s
  AND (%(all)s OR EXISTS (
      SELECT FROM jsonb_to_recordset(%(items)s) AS item (types text[], tags text[])
      WHERE (item.types = '{}' OR events.type = ANY (item.types)) AND events.tags @> item.tags
  ))
ORDER BY position
LIMIT %(limit)s
