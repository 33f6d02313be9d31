-- One row per evaluation day and platform. A typology counts once, by its worst finding in the window, with the points of
-- the parameters for each step of severity above info.
WITH worst AS (
    SELECT c.evaluation_day, i.platform, i.typology, max(i.band) AS band
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    GROUP BY c.evaluation_day, i.platform, i.typology
),
weighed AS (
    SELECT w.evaluation_day, w.platform, w.band,
           CASE w.typology WHEN 'P02' THEN w.band * %(p_w_p02)s::bigint ELSE 0 END AS gap,
           CASE w.typology WHEN 'P09' THEN w.band * %(p_w_p09)s::bigint ELSE 0 END AS ponzi,
           CASE w.typology WHEN 'P10' THEN w.band * %(p_w_p10)s::bigint ELSE 0 END AS run_off,
           CASE w.typology WHEN 'P11' THEN w.band * %(p_w_p11)s::bigint ELSE 0 END AS silent,
           CASE w.typology WHEN 'P12' THEN w.band * %(p_w_p12)s::bigint ELSE 0 END AS teaser,
           CASE w.typology WHEN 'P19' THEN w.band * %(p_w_p19)s::bigint ELSE 0 END AS control
    FROM worst AS w
),
points AS (
    SELECT w.evaluation_day, w.platform, count(CASE WHEN w.band > 0 THEN 1 END) AS typologies,
           sum(w.gap + w.ponzi + w.run_off + w.silent + w.teaser + w.control) AS points, sum(w.gap) AS gap,
           sum(w.ponzi) AS ponzi, sum(w.run_off) AS run_off, sum(w.silent) AS silent, sum(w.teaser) AS teaser,
           sum(w.control) AS control
    FROM weighed AS w
    GROUP BY w.evaluation_day, w.platform
),
shown AS (
    SELECT c.evaluation_day, i.platform, array_agg(DISTINCT i.position) AS positions,
           count(DISTINCT i.position) AS shown, max(i.epoch) AS epoch
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    GROUP BY c.evaluation_day, i.platform
)
SELECT
    p.evaluation_day, p.platform, p.typologies, p.points, p.gap, p.ponzi, p.run_off, p.silent, p.teaser, p.control,
    s.positions AS list_position, s.shown AS count_position, s.epoch
FROM points AS p
JOIN shown AS s ON s.evaluation_day = p.evaluation_day AND s.platform = p.platform
