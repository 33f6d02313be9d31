-- An input as a table of its own, for engines that can't see the views.

-- name: copy_rows
COPY (SELECT {columns} FROM ({rows}) AS r{where}{order}) TO STDOUT (FORMAT csv)

-- name: where_in_parts
 WHERE EXISTS (SELECT FROM unnest({firsts}::bigint[], {lasts}::bigint[]) AS p (first, last)
               WHERE r.position BETWEEN p.first AND p.last)
    OR {lone} AND r.position IS NULL

-- name: order_whole
 ORDER BY r.position NULLS FIRST, r.day, r.epoch, r::text COLLATE "C"

-- name: fingerprints
-- What the rows of each range of positions come to, in no order: two equal ranges have equal prints.
SELECT (r.position - 1) / {size} AS part, count(*), sum(hashtextextended(r::text, 0)::numeric)
FROM (SELECT {columns} FROM ({rows}) AS r) AS r
GROUP BY 1
ORDER BY 1 NULLS FIRST

-- name: patient
-- The whole of an input may take longer than any question: nobody waits for an archive but who asked for it.
SET LOCAL statement_timeout = 0
