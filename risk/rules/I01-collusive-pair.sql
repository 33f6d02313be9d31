-- One row per evaluation day and pair that shares enough. Only regular backers are paired, and only over campaigns that
-- are not everybody's, so the self-join stays small: its size is the square of a campaign's regular backers.
WITH regular AS (
    SELECT i.platform, i.investor
    FROM input AS i
    GROUP BY i.platform, i.investor
    HAVING count(DISTINCT i.campaign) >= %(p_few)s::bigint
),
picks AS (
    SELECT c.evaluation_day, i.platform, i.campaign, i.investor, max(i.position) AS position, max(i.epoch) AS epoch
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    JOIN regular AS r ON r.platform = i.platform AND r.investor = i.investor
    GROUP BY c.evaluation_day, i.platform, i.campaign, i.investor
),
sizes AS (
    SELECT evaluation_day, investor, count(*) AS campaigns
    FROM picks
    GROUP BY evaluation_day, investor
    HAVING count(*) >= %(p_few)s::bigint
),
crowds AS (
    SELECT evaluation_day, campaign FROM picks
    GROUP BY evaluation_day, campaign
    HAVING count(*) <= %(p_crowd)s::bigint
),
kept AS (
    SELECT p.evaluation_day, p.platform, p.campaign, p.investor, p.position, p.epoch, s.campaigns
    FROM picks AS p
    JOIN sizes AS s ON s.evaluation_day = p.evaluation_day AND s.investor = p.investor
    JOIN crowds AS c ON c.evaluation_day = p.evaluation_day AND c.campaign = p.campaign
),
pairs AS (
    SELECT
        a.evaluation_day, a.platform, a.investor AS one, b.investor AS other, count(*) AS shared,
        max(a.campaigns) AS of_one, max(b.campaigns) AS of_other, max(greatest(a.epoch, b.epoch)) AS epoch,
        array_agg(a.position) AS of_a, array_agg(b.position) AS of_b
    FROM kept AS a
    JOIN kept AS b ON b.evaluation_day = a.evaluation_day AND b.platform = a.platform AND b.campaign = a.campaign
                  AND b.investor COLLATE "C" > a.investor COLLATE "C"
    GROUP BY a.evaluation_day, a.platform, a.investor, b.investor
    HAVING count(*) >= %(p_few)s::bigint
)
SELECT
    evaluation_day, platform, one, other, shared, of_one, of_other,
    div(shared::numeric * 10000, of_one + of_other - shared) AS jaccard_bp,
    of_a || of_b AS list_position, 2 * shared AS count_position, epoch
FROM pairs
