-- One row per evaluation day and platform: the withdrawals of the last days against those of the weeks before. What waits
-- on the evaluation day has waited at least until that day began; what was asked for on the day itself says nothing yet.
WITH asked AS (
    SELECT c.evaluation_day, i.platform, i.position, i.ended, i.epoch,
           CASE WHEN i.day > c.evaluation_day - %(p_recent_days)s::bigint THEN 1 ELSE 0 END AS recent,
           CASE WHEN i.ended_day <= c.evaluation_day THEN i.step ELSE 'waiting' END AS state,
           CASE WHEN i.ended_day <= c.evaluation_day THEN i.ended_epoch - i.epoch
                ELSE c.evaluation_day * 86400 - i.epoch END AS delay
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
),
told AS (
    SELECT a.* FROM asked AS a WHERE a.state <> 'waiting' OR a.delay > 0
),
ranked AS (
    SELECT t.evaluation_day, t.platform, t.recent, t.delay,
           row_number() OVER (PARTITION BY t.evaluation_day, t.platform, t.recent ORDER BY t.delay, t.position) AS place,
           count(*) OVER (PARTITION BY t.evaluation_day, t.platform, t.recent) AS number
    FROM told AS t
    WHERE t.state <> 'rejected' AND (t.recent = 1 OR t.state = 'paid')
),
delays AS (
    SELECT r.evaluation_day, r.platform,
           min(CASE WHEN r.recent = 1 AND r.place * 100 >= r.number * 95 THEN r.delay END) AS slow_seconds,
           min(CASE WHEN r.recent = 0 AND r.place * 2 >= r.number THEN r.delay END) AS usual_seconds
    FROM ranked AS r
    GROUP BY r.evaluation_day, r.platform
),
counts AS (
    SELECT t.evaluation_day, t.platform, sum(t.recent) AS requests, sum(1 - t.recent) AS before,
           count(CASE WHEN t.recent = 1 AND t.state = 'rejected' THEN 1 END) AS rejected,
           count(CASE WHEN t.recent = 0 AND t.state = 'rejected' THEN 1 END) AS rejected_before,
           count(CASE WHEN t.recent = 1 AND t.state = 'waiting' THEN 1 END) AS waiting,
           count(CASE WHEN t.recent = 1 AND t.state <> 'rejected' AND t.delay >= %(p_floor_seconds)s::bigint THEN 1 END)
               AS slow,
           max(t.epoch) AS epoch
    FROM told AS t
    GROUP BY t.evaluation_day, t.platform
),
troubled AS (
    SELECT t.evaluation_day, t.platform, array_agg(t.position) AS positions, count(t.position) AS number
    FROM told AS t
    WHERE t.recent = 1 AND (t.state <> 'paid' OR t.delay >= %(p_floor_seconds)s::bigint)
    GROUP BY t.evaluation_day, t.platform
),
answered AS (
    SELECT t.evaluation_day, t.platform, array_agg(t.ended) AS positions, count(t.ended) AS number
    FROM told AS t
    WHERE t.recent = 1 AND t.state <> 'waiting' AND (t.state = 'rejected' OR t.delay >= %(p_floor_seconds)s::bigint)
    GROUP BY t.evaluation_day, t.platform
)
SELECT
    c.evaluation_day, c.platform, c.requests, c.before, coalesce(d.slow_seconds, 0) AS slow_seconds,
    coalesce(d.usual_seconds, 0) AS usual_seconds, c.rejected, c.rejected_before,
    c.waiting, c.slow, t.positions AS list_position, coalesce(t.number, 0) AS count_position, a.positions AS list_ended,
    coalesce(a.number, 0) AS count_ended, c.epoch
FROM counts AS c
LEFT JOIN delays AS d ON d.evaluation_day = c.evaluation_day AND d.platform = c.platform
LEFT JOIN troubled AS t ON t.evaluation_day = c.evaluation_day AND t.platform = c.platform
LEFT JOIN answered AS a ON a.evaluation_day = c.evaluation_day AND a.platform = c.platform
