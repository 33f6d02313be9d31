-- One row per evaluation day and pair that shares enough. Pairs that could ever pass are found once, over all days; only
-- these are then counted day by day. Campaigns with a crowd were left out by the filter, so that the self-join stays
-- small: its size is the square of the regular backers of each campaign.
WITH regular AS (
    SELECT i.platform, i.investor
    FROM input AS i
    GROUP BY i.platform, i.investor
    HAVING count(*) >= %(p_few)s::bigint
),
kept AS MATERIALIZED (
    SELECT i.platform, i.campaign, i.investor, i.day, i.epoch, i.position
    FROM input AS i
    JOIN regular AS r ON r.platform = i.platform AND r.investor = i.investor
),
likely AS (
    SELECT a.platform, a.investor AS one, b.investor AS other
    FROM kept AS a
    JOIN kept AS b ON b.platform = a.platform AND b.campaign = a.campaign
                  AND b.investor COLLATE "C" > a.investor COLLATE "C"
    GROUP BY a.platform, a.investor, b.investor
    HAVING count(*) >= %(p_few)s::bigint
),
shared AS MATERIALIZED (
    SELECT p.platform, p.one, p.other, least(a.day, b.day) AS first_day, greatest(a.day, b.day) AS last_day,
           greatest(a.epoch, b.epoch) AS epoch,
           abs(a.epoch - b.epoch) AS apart_seconds, a.position AS of_a, b.position AS of_b
    FROM likely AS p
    JOIN kept AS a ON a.platform = p.platform AND a.investor = p.one
    JOIN kept AS b ON b.platform = p.platform AND b.investor = p.other AND b.campaign = a.campaign
),
pairs AS (
    SELECT c.evaluation_day, s.platform, s.one, s.other, count(*) AS shared, max(s.epoch) AS epoch,
           count(CASE WHEN s.apart_seconds <= %(p_near_seconds)s::bigint THEN 1 END) AS near,
           array_agg(s.of_a) || array_agg(s.of_b) AS positions
    FROM calendar AS c
    JOIN shared AS s ON s.last_day <= c.evaluation_day AND s.first_day > c.evaluation_day - %(width)s::integer
    GROUP BY c.evaluation_day, s.platform, s.one, s.other
    HAVING count(*) >= %(p_few)s::bigint
),
sizes AS (
    SELECT c.evaluation_day, k.platform, k.investor, count(*) AS campaigns
    FROM calendar AS c
    JOIN kept AS k ON k.day <= c.evaluation_day AND k.day > c.evaluation_day - %(width)s::integer
    GROUP BY c.evaluation_day, k.platform, k.investor
)
SELECT
    p.evaluation_day, p.platform, p.one, p.other, p.shared, p.near, a.campaigns AS of_one, b.campaigns AS of_other,
    div(p.shared::numeric * 10000, a.campaigns + b.campaigns - p.shared) AS jaccard_bp,
    p.positions AS list_position, 2 * p.shared AS count_position, p.epoch
FROM pairs AS p
JOIN sizes AS a ON a.evaluation_day = p.evaluation_day AND a.platform = p.platform AND a.investor = p.one
JOIN sizes AS b ON b.evaluation_day = p.evaluation_day AND b.platform = p.platform AND b.investor = p.other
