-- One row per evaluation day, platform and currency: how far the shares of first digits lie from Benford's law, as the mean
-- of the nine absolute differences, in millionths. log10(1 + 1/d) in millionths is a constant for each digit.
WITH benford AS (
    SELECT 1 AS digit, 301030 AS ppm UNION ALL SELECT 2, 176091 UNION ALL SELECT 3, 124939 UNION ALL SELECT 4, 96910
    UNION ALL SELECT 5, 79181 UNION ALL SELECT 6, 66947 UNION ALL SELECT 7, 57992 UNION ALL SELECT 8, 51153
    UNION ALL SELECT 9, 45757
),
digits AS (
    SELECT c.evaluation_day, i.platform, i.currency, i.amount, i.position, i.epoch,
           cast(substr(cast(i.amount AS text), 1, 1) AS integer) AS digit
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    WHERE i.platform IS NOT NULL AND i.currency IS NOT NULL
),
sums AS (
    SELECT d.evaluation_day, d.platform, d.currency, count(*) AS payments, min(d.amount) AS smallest_minor,
           max(d.amount) AS largest_minor, max(d.epoch) AS epoch
    FROM digits AS d
    GROUP BY d.evaluation_day, d.platform, d.currency
),
counted AS (
    SELECT d.evaluation_day, d.platform, d.currency, d.digit, count(*) AS number
    FROM digits AS d
    GROUP BY d.evaluation_day, d.platform, d.currency, d.digit
),
apart AS (
    SELECT s.evaluation_day, s.platform, s.currency, b.digit,
           div(coalesce(k.number, 0) * 1000000::numeric, s.payments) - b.ppm AS over_ppm
    FROM sums AS s
    CROSS JOIN benford AS b
    LEFT JOIN counted AS k ON k.evaluation_day = s.evaluation_day AND k.platform = s.platform
                          AND k.currency = s.currency AND k.digit = b.digit
),
ranked AS (
    SELECT a.*, row_number() OVER (PARTITION BY a.evaluation_day, a.platform, a.currency
                                   ORDER BY a.over_ppm DESC, a.digit) AS place
    FROM apart AS a
),
judged AS (
    SELECT r.evaluation_day, r.platform, r.currency, div(sum(abs(r.over_ppm)), 9) AS mean_deviation_ppm,
           max(CASE WHEN r.place = 1 THEN r.digit END) AS most_digit
    FROM ranked AS r
    GROUP BY r.evaluation_day, r.platform, r.currency
),
shown AS (
    SELECT d.evaluation_day, d.platform, d.currency, array_agg(DISTINCT d.position) AS positions,
           count(DISTINCT d.position) AS shown
    FROM digits AS d
    JOIN judged AS j ON j.evaluation_day = d.evaluation_day AND j.platform = d.platform AND j.currency = d.currency
                    AND j.most_digit = d.digit
    GROUP BY d.evaluation_day, d.platform, d.currency
)
SELECT
    s.evaluation_day, s.platform, s.currency, s.payments, s.smallest_minor, s.largest_minor, j.mean_deviation_ppm,
    j.most_digit, w.positions AS list_position, w.shown AS count_position, s.epoch
FROM sums AS s
JOIN judged AS j ON j.evaluation_day = s.evaluation_day AND j.platform = s.platform AND j.currency = s.currency
JOIN shown AS w ON w.evaluation_day = s.evaluation_day AND w.platform = s.platform AND w.currency = s.currency
