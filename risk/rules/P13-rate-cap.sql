-- One row per evaluation day, platform and currency: loans above the cap of the day of their contract, and the worst of
-- them, by how far the rate is above its cap or all costs above their line.
WITH above AS (
    SELECT c.evaluation_day, i.platform, i.currency, i.loan, i.position, i.epoch, i.lender_bp, i.all_bp, l.cap, l.all_cap,
           greatest(i.lender_bp - l.cap, i.all_bp - l.all_cap) AS excess
    FROM calendar AS c
    JOIN input AS i ON i.day <= c.evaluation_day AND i.day > c.evaluation_day - %(width)s::integer
    JOIN limits AS l ON l.jurisdiction = i.jurisdiction AND l.currency = i.currency
     AND i.contract_day BETWEEN l.valid_from AND l.valid_to
    WHERE i.lender_bp > l.cap + CASE i.basis WHEN 'paid' THEN %(p_tolerance_rate_bp)s::bigint ELSE 0 END
       OR i.all_bp > l.all_cap + CASE i.basis WHEN 'paid' THEN %(p_tolerance_rate_bp)s::bigint ELSE 0 END
),
ranked AS (
    SELECT a.*, row_number() OVER (PARTITION BY a.evaluation_day, a.platform, a.currency
                                   ORDER BY a.excess DESC, a.position) AS place
    FROM above AS a
)
SELECT
    r.evaluation_day, r.platform, r.currency, max(CASE r.place WHEN 1 THEN r.loan END) AS worst_loan,
    count(DISTINCT r.loan) AS over_cap, max(r.lender_bp) AS worst_bp, max(r.all_bp) AS worst_all_bp, min(r.cap) AS cap_bp,
    min(r.all_cap) AS all_cap_bp, max(r.excess) AS excess_bp,
    array_agg(DISTINCT r.position) AS list_position, count(DISTINCT r.position) AS count_position, max(r.epoch) AS epoch
FROM ranked AS r
GROUP BY r.evaluation_day, r.platform, r.currency
