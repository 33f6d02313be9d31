-- One row per evaluation day and change of control: rates before and after it, weighed by amount, and custody accounts
-- first seen after it.
WITH changes AS (
    SELECT c.evaluation_day, i.platform, i.day, min(i.position) AS position, max(i.epoch) AS epoch
    FROM calendar AS c
    JOIN input AS i ON i.act = 'control' AND i.age >= %(p_settling_days)s::bigint
     AND i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(p_after_days)s::bigint
    GROUP BY c.evaluation_day, i.platform, i.day
),
near AS (
    SELECT g.evaluation_day, g.platform, g.day AS changed, g.position AS change_position, g.epoch AS changed_epoch, i.act,
           i.amount, i.rate, i.position, i.epoch, CASE WHEN i.day <= g.day THEN 0 ELSE 1 END AS later
    FROM changes AS g
    JOIN input AS i ON i.platform = g.platform AND i.act <> 'control' AND i.day <= g.evaluation_day
     AND i.day > g.day - %(p_after_days)s::bigint AND i.day <= g.day + %(p_after_days)s::bigint
),
sums AS (
    SELECT n.evaluation_day, n.platform, n.changed, n.change_position,
           sum(CASE WHEN n.act = 'listed' AND n.later = 0 THEN n.amount ELSE 0 END) AS amount_before,
           sum(CASE WHEN n.act = 'listed' AND n.later = 0 THEN n.amount::numeric * n.rate ELSE 0 END) AS rated_before,
           sum(CASE WHEN n.act = 'listed' AND n.later = 1 THEN n.amount ELSE 0 END) AS amount_after,
           sum(CASE WHEN n.act = 'listed' AND n.later = 1 THEN n.amount::numeric * n.rate ELSE 0 END) AS rated_after,
           count(CASE WHEN n.act = 'listed' AND n.later = 0 THEN 1 END) AS listings_before,
           count(CASE WHEN n.act = 'listed' AND n.later = 1 THEN 1 END) AS listings_after,
           count(CASE WHEN n.act = 'account' AND n.later = 1 THEN 1 END) AS accounts,
           max(CASE WHEN n.later = 1 THEN n.epoch ELSE n.changed_epoch END) AS epoch
    FROM near AS n
    GROUP BY n.evaluation_day, n.platform, n.changed, n.change_position
),
shown AS (
    SELECT n.evaluation_day, n.platform, n.changed, array_agg(n.position) AS positions, count(n.position) AS number
    FROM near AS n
    WHERE n.later = 1
    GROUP BY n.evaluation_day, n.platform, n.changed
),
controls AS (
    SELECT g.evaluation_day, g.platform, g.day, array_agg(i.position) AS positions, count(i.position) AS number
    FROM changes AS g
    JOIN input AS i ON i.platform = g.platform AND i.day = g.day AND i.act = 'control'
    GROUP BY g.evaluation_day, g.platform, g.day
)
SELECT
    s.evaluation_day, s.platform, s.changed::text AS change, s.changed, s.listings_before,
    s.listings_after, s.accounts, coalesce(div(s.rated_before, nullif(s.amount_before, 0)), 0) AS rate_before_bp,
    coalesce(div(s.rated_after, nullif(s.amount_after, 0)), 0) AS rate_after_bp,
    h.positions AS list_position, coalesce(h.number, 0) AS count_position,
    k.positions AS list_control, coalesce(k.number, 0) AS count_control, s.epoch
FROM sums AS s
JOIN controls AS k ON k.evaluation_day = s.evaluation_day AND k.platform = s.platform AND k.day = s.changed
LEFT JOIN shown AS h ON h.evaluation_day = s.evaluation_day AND h.platform = s.platform AND h.changed = s.changed
