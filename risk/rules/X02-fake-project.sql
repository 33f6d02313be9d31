-- One row per evaluation day and subject. A typology counts once, by its worst finding in the window, with the points of
-- the parameters for each step of severity above info.
WITH worst AS (
    SELECT c.evaluation_day, i.subject, i.typology, max(i.band) AS band
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    GROUP BY c.evaluation_day, i.subject, i.typology
),
weighed AS (
    SELECT w.evaluation_day, w.subject, w.band,
           CASE w.typology WHEN 'C04' THEN w.band * %(p_w_c04)s::bigint ELSE 0 END AS round_trip,
           CASE w.typology WHEN 'C05' THEN w.band * %(p_w_c05)s::bigint ELSE 0 END AS gone,
           CASE w.typology WHEN 'C06' THEN w.band * %(p_w_c06)s::bigint ELSE 0 END AS related,
           CASE w.typology WHEN 'I01' THEN w.band * %(p_w_i01)s::bigint ELSE 0 END AS sybil,
           CASE w.typology WHEN 'I09' THEN w.band * %(p_w_i09)s::bigint ELSE 0 END AS through
    FROM worst AS w
),
points AS (
    SELECT w.evaluation_day, w.subject, count(CASE WHEN w.band > 0 THEN 1 END) AS typologies,
           sum(w.round_trip + w.gone + w.related + w.sybil + w.through) AS points, sum(w.round_trip) AS round_trip,
           sum(w.gone) AS gone, sum(w.related) AS related, sum(w.sybil) AS sybil, sum(w.through) AS through
    FROM weighed AS w
    GROUP BY w.evaluation_day, w.subject
),
shown AS (
    SELECT c.evaluation_day, i.subject, array_agg(DISTINCT i.position) AS positions,
           count(DISTINCT i.position) AS shown, max(i.epoch) AS epoch
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    GROUP BY c.evaluation_day, i.subject
)
SELECT
    p.evaluation_day, p.subject, p.typologies, p.points, p.round_trip, p.gone, p.related, p.sybil, p.through,
    s.positions AS list_position, s.shown AS count_position, s.epoch
FROM points AS p
JOIN shown AS s ON s.evaluation_day = p.evaluation_day AND s.subject = p.subject
