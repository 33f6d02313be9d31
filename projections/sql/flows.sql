-- View `flows`: one row per move of money, between two nodes: the keys of parties, campaigns and loans; `custody:P`, what
-- waits with platform P for its customers; `fees:P`, what P earned; `investors:P/x`, those of x who are not told apart.
--
-- Rows are as they were reported; a correction leaves its mark on those of the event that it takes back.

-- name: create
CREATE TABLE moves (
    position           bigint      NOT NULL,
    line               integer     NOT NULL,  -- from 0 within the event
    source             text        NOT NULL,  -- who paid
    target             text        NOT NULL,  -- who had it
    currency           text        NOT NULL,
    amount             bigint      NOT NULL,  -- minor units, positive
    means              text        NOT NULL,  -- collected, refunded, released, ...: projections/moves.py
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,  -- days since 1970-01-01 in the event's own time offset
    corrected_position bigint,
    CONSTRAINT moves_pkey PRIMARY KEY (position, line)
);

-- name: index
CREATE INDEX moves_by_source ON moves (source, target);
CREATE INDEX moves_by_target ON moves (target, source);

-- name: copy_moves
COPY moves (position, line, source, target, currency, amount, means, happened_at, day) FROM STDIN (FORMAT BINARY)

-- name: correct
UPDATE moves SET corrected_position = %(by)s WHERE position = %(of)s

-- name: standing
-- What was known then, had happened by then, and on which days.
AND position <= %(known)s AND (corrected_position IS NULL OR corrected_position > %(known)s)
AND (%(at)s::timestamptz IS NULL OR happened_at <= %(at)s)
AND (%(first_day)s::integer IS NULL OR day >= %(first_day)s)
AND (%(last_day)s::integer IS NULL OR day <= %(last_day)s)

-- name: largest
-- Of what `moved` holds by counterpart and currency: the largest few of each currency, and all together.
SELECT largest.other, whole.currency, largest.amount, whole.amount AS whole, whole.moves, whole.others
FROM (
    SELECT currency, sum(amount) AS amount, sum(moves)::bigint AS moves, count(*) AS others
    FROM moved GROUP BY currency
) AS whole
CROSS JOIN LATERAL (
    SELECT other, amount FROM moved WHERE moved.currency = whole.currency
    ORDER BY amount DESC, other LIMIT %(each)s
) AS largest

-- name: beside
-- By node, and of it the few largest: a sort of all that a large campaign has, by five columns, took most of the time.
WITH asked AS (
    SELECT DISTINCT node FROM unnest(%(nodes)s::text[]) AS node
), beside AS (
    SELECT a.node, 'out' AS way, found.*
    FROM asked AS a CROSS JOIN LATERAL (
        WITH moved AS MATERIALIZED (
            SELECT target AS other, currency, sum(amount) AS amount, count(*) AS moves
            FROM view_flows.moves
            WHERE source = a.node
              -- include: standing
            GROUP BY target, currency
        )
        -- include: largest
    ) AS found
    UNION ALL
    SELECT a.node, 'in' AS way, found.*
    FROM asked AS a CROSS JOIN LATERAL (
        WITH moved AS MATERIALIZED (
            SELECT source AS other, currency, sum(amount) AS amount, count(*) AS moves
            FROM view_flows.moves
            WHERE target = a.node
              -- include: standing
            GROUP BY source, currency
        )
        -- include: largest
    ) AS found
)
SELECT node, way, other, currency, amount, whole, moves, others
FROM (
    SELECT *, row_number() OVER (PARTITION BY node, way, currency ORDER BY amount DESC, other) AS place FROM beside
) AS ranked
ORDER BY place, amount DESC, other, node, way, currency

-- name: between
SELECT source, target, means, currency, sum(amount) AS amount, count(*) AS moves, min(day) AS first_day,
       max(day) AS last_day, (array_agg(position ORDER BY position DESC))[1:3] AS newest
FROM view_flows.moves
WHERE source = ANY (%(nodes)s) AND target = ANY (%(nodes)s)
  -- include: standing
GROUP BY source, target, means, currency
ORDER BY sum(amount) DESC, source, target, means, currency

-- name: crowded
SELECT node FROM unnest(%(nodes)s::text[]) AS node
WHERE (SELECT count(*) FROM (SELECT FROM view_flows.moves WHERE source = node LIMIT %(most)s + 1) AS those) > %(most)s
   OR (SELECT count(*) FROM (SELECT FROM view_flows.moves WHERE target = node LIMIT %(most)s + 1) AS those) > %(most)s

-- name: touched
SELECT node FROM (
    SELECT source AS node, position, line, 0 AS side FROM view_flows.moves WHERE position = ANY (%(positions)s)
    UNION ALL
    SELECT target, position, line, 1 FROM view_flows.moves WHERE position = ANY (%(positions)s)
) AS those
GROUP BY node ORDER BY min(position), min(line), min(side), node
