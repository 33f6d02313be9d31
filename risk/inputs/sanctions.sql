-- Inputs of rules: what the supervisor imposed. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_sanction
-- One row per sanction; `day` is its first day, `until_day` its last one (null: until lifted), `lifted_day` the first day on
-- which it holds no more. `subject` is a key, of a platform or of one of its parties.
SELECT
    imposed_position AS position, first_day::bigint AS day, first_day::bigint * 86400 AS epoch, platform, sanction, subject,
    kind, last_day::bigint AS until_day,
    CASE WHEN lifted_position <= %(cutoff)s THEN lifted_day::bigint END AS lifted_day,
    CASE WHEN lifted_position <= %(cutoff)s THEN lifted_position END AS lifted_position,
    limit_minor, currency
FROM view_sanctions.sanctions
WHERE imposed_position <= %(cutoff)s AND first_day BETWEEN %(first_day)s AND %(last_day)s
