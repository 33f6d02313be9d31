-- name: waiting
-- Material changes of campaigns that may have promises open, as long as nothing has lapsed for them.
SELECT t.key, t.happened_at
FROM view_campaigns.terms AS t
JOIN view_campaigns.campaigns AS c ON c.key = t.key AND c.corrected_position IS NULL
WHERE t.amendment > 0 AND t.material AND t.corrected_position IS NULL AND c.status IN ('open', 'succeeded')
  AND t.happened_at >= c.opened_at
  AND NOT EXISTS (
      SELECT FROM view_pledges.ends AS e
      WHERE e.campaign = t.key AND e.kind = 'lapsed' AND e.amended_at = t.happened_at)
ORDER BY t.happened_at, t.key
