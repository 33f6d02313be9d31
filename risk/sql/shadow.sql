-- What candidate versions find beside the live ones.

-- name: unseen
-- Runs of the live version that a candidate has not been beside, oldest first. A candidate begins with the newest of them:
-- what it would have found before is for a backtest.
SELECT r.number
FROM rule_runs AS r
WHERE r.rule = %(rule)s AND (r.kind = 'scheduled' OR (%(near)s AND r.kind = 'near')) AND r.status = 'done' AND r.version < %(version)s
  AND r.days <> '{}'
  AND r.number >= coalesce(
      (SELECT min(s.beside) FROM rule_runs AS s WHERE s.rule = %(rule)s AND s.kind = 'shadow' AND s.version = %(version)s),
      (SELECT max(l.number) FROM rule_runs AS l
       WHERE l.rule = %(rule)s AND (l.kind = 'scheduled' OR (%(near)s AND l.kind = 'near')) AND l.status = 'done' AND l.days <> '{}'))
  AND NOT EXISTS (SELECT FROM rule_runs AS s
                  WHERE s.beside = r.number AND s.version = %(version)s AND s.status IN ('done', 'inconclusive', 'failed'))
ORDER BY r.number
LIMIT 50

-- name: begin
-- Beside one run, once for each version; what a dead process began is begun again.
INSERT INTO rule_runs AS r (rule, version, hash, statement_hash, kind, due_at, days, cutoff, since, params, status, started_at, beside)
VALUES (%(rule)s, %(version)s, %(hash)s, %(statement_hash)s, 'shadow', %(due_at)s, %(days)s, %(cutoff)s, %(since)s,
        %(params)s, 'running', %(now)s, %(beside)s)
ON CONFLICT (beside, version) WHERE kind = 'shadow' DO UPDATE
SET status = 'running', error = NULL, hash = EXCLUDED.hash, statement_hash = EXCLUDED.statement_hash, days = EXCLUDED.days,
    params = EXCLUDED.params, started_at = EXCLUDED.started_at
WHERE r.status = 'running'
RETURNING number, days, cutoff, since

-- name: keep
INSERT INTO shadow_findings (run, side, place, day, matter, key, severity, score, reason, evidence)
VALUES (%(run)s, %(side)s, %(place)s, %(day)s, %(matter)s, %(key)s, %(severity)s, %(score)s, %(reason)s, %(evidence)s)

-- name: span
-- What a candidate was beside so far.
SELECT count(*), min(r.started_at), max(r.started_at), count(*) FILTER (WHERE r.status = 'inconclusive'),
       count(*) FILTER (WHERE r.status = 'failed'), max(l.version)
FROM rule_runs AS r JOIN rule_runs AS l ON l.number = r.beside
WHERE r.rule = %(rule)s AND r.kind = 'shadow' AND r.version = %(version)s

-- name: findings
SELECT f.side, f.day, f.key, f.severity, f.score, f.reason, f.evidence
FROM shadow_findings AS f JOIN rule_runs AS r ON r.number = f.run
WHERE r.rule = %(rule)s AND r.kind = 'shadow' AND r.version = %(version)s AND r.status = 'done'
ORDER BY f.day, r.beside, f.place

-- name: due_of
SELECT due_at FROM rule_runs WHERE number = %(number)s
