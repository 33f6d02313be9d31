-- Inputs of rules: facts that broke a limit of the law. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_breach
-- A row per fact, limit, and further event that it rests on (`evidence`, null where there is none). `unit` is `money`,
-- then `figure` and `limited_to` are minor units of `currency`; else what is counted, and there is no currency.
SELECT
    b.position, b.day, b.epoch, e.evidence, b.platform, b.about, b.subject, b.contract, b.rule AS limit_rule, b.citation,
    CASE WHEN u.is_money THEN 'money' ELSE b.unit END AS unit, CASE WHEN u.is_money THEN b.unit END AS currency, b.figure,
    b.limited_to, b.over_bp
FROM view_breaches.breaches AS b
LEFT JOIN LATERAL unnest(b.evidence) AS e (evidence) ON true
CROSS JOIN LATERAL (SELECT b.unit = upper(b.unit) AS is_money) AS u
WHERE b.position <= %(cutoff)s AND b.day BETWEEN %(first_day)s AND %(last_day)s
  AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
