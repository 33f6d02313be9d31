-- One row per evaluation day, platform and currency, with the HHI of what borrowers owe on that day, and the share of
-- the ten largest on that day and one and two months before, each of what was owed then. HHI: the sum of the squares of all shares, in basis points of one.
WITH moments AS (
    SELECT c.evaluation_day, c.evaluation_day AS day, 0 AS back FROM calendar AS c
    UNION ALL
    SELECT c.evaluation_day, c.evaluation_day - %(p_month_days)s::bigint, 1 FROM calendar AS c
    UNION ALL
    SELECT c.evaluation_day, c.evaluation_day - 2 * %(p_month_days)s::bigint, 2 FROM calendar AS c
),
owed AS (
    SELECT m.evaluation_day, m.back, i.platform, i.currency, i.borrower, sum(i.change) AS amount
    FROM moments AS m
    JOIN input AS i ON i.day <= m.day
    WHERE i.platform IS NOT NULL AND i.currency IS NOT NULL
    GROUP BY m.evaluation_day, m.back, i.platform, i.currency, i.borrower
    HAVING sum(i.change) > 0
),
ranked AS (
    SELECT o.*, row_number() OVER (PARTITION BY o.evaluation_day, o.back, o.platform, o.currency
                                   ORDER BY o.amount DESC, o.borrower COLLATE "C") AS place
    FROM owed AS o
),
summed AS (
    SELECT r.evaluation_day, r.back, r.platform, r.currency, count(*) AS borrowers, sum(r.amount) AS total,
           sum(r.amount * r.amount) AS squares, sum(CASE WHEN r.place <= 10 THEN r.amount ELSE 0 END) AS top_ten
    FROM ranked AS r
    GROUP BY r.evaluation_day, r.back, r.platform, r.currency
),
shares AS (
    SELECT s.evaluation_day, s.back, s.platform, s.currency, s.borrowers, s.total,
           div(s.squares * 10000, s.total * s.total) AS hhi_bp, div(s.top_ten * 10000, s.total) AS top_bp
    FROM summed AS s
),
shown AS (
    SELECT r.evaluation_day, r.platform, r.currency, array_agg(DISTINCT i.position) AS positions,
           count(DISTINCT i.position) AS shown, max(i.epoch) AS epoch
    FROM ranked AS r
    JOIN input AS i ON i.platform = r.platform AND i.currency = r.currency AND i.borrower = r.borrower
     AND i.day <= r.evaluation_day
    WHERE r.back = 0 AND r.place <= 10 AND i.disbursed IS NOT NULL
    GROUP BY r.evaluation_day, r.platform, r.currency
)
SELECT
    a.evaluation_day, a.platform, a.currency, a.borrowers, a.total AS owed_minor, a.hhi_bp,
    a.top_bp AS top_ten_bp, b.top_bp AS top_before_bp, f.top_bp AS top_first_bp, s.positions AS list_position, s.shown AS count_position, s.epoch
FROM shares AS a
JOIN shares AS b ON b.evaluation_day = a.evaluation_day AND b.platform = a.platform AND b.currency = a.currency AND b.back = 1
JOIN shares AS f ON f.evaluation_day = a.evaluation_day AND f.platform = a.platform AND f.currency = a.currency AND f.back = 2
JOIN shown AS s ON s.evaluation_day = a.evaluation_day AND s.platform = a.platform AND s.currency = a.currency
WHERE a.back = 0
