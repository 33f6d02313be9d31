-- Inputs of rules: what campaigns ask for, and how they ended. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_raise
-- One row per campaign, by the day it opened, with the terms as amended and the outcome known at the cutoff.
-- `owner` is the same for one organisation on several platforms where its identity was reported, else the issuer.
-- `offered` is the most it may take; `pledged` what was promised, and neither taken
-- back nor lapsed; what ended with its campaign still counts, the outcome says so.
WITH gone AS MATERIALIZED (
    SELECT DISTINCT key
    FROM view_pledges.steps
    WHERE step = 'cancelled' AND position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
lapsed AS MATERIALIZED (
    SELECT DISTINCT p.made_position
    FROM view_pledges.ends AS e
    JOIN view_pledges.pledges AS p ON p.campaign = e.campaign AND p.happened_at < e.amended_at
     AND p.made_position <= %(cutoff)s
    WHERE e.kind = 'lapsed' AND e.position <= %(cutoff)s
      AND NOT EXISTS (
          SELECT FROM view_pledges.steps AS r
          WHERE r.key = p.key AND r.position > p.made_position AND r.step = 'reconfirmed'
            AND r.position <= %(cutoff)s AND r.happened_at BETWEEN e.amended_at AND e.reconfirm_by
            AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s))
),
-- Summed once over all pledges: asked for each campaign by itself it was six tenths of what all rules took together.
promised AS MATERIALIZED (
    SELECT p.campaign, sum(p.amount) AS amount
    FROM view_pledges.pledges AS p
    LEFT JOIN gone AS g ON g.key = p.key
    LEFT JOIN lapsed AS l ON l.made_position = p.made_position
    WHERE p.made_position <= %(cutoff)s AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
      AND g.key IS NULL AND l.made_position IS NULL
    GROUP BY p.campaign
)
SELECT
    c.opened_position AS position, c.opened_day AS day, c.opened_epoch AS epoch, c.scope AS platform, c.key AS campaign,
    c.issuer, coalesce(i.person, c.issuer) AS owner, c.kind AS campaign_kind, c.jurisdiction, c.currency,
    coalesce(t.cap, t.goal, c.cap, c.goal) AS offered, coalesce(m.outcome, 'open') AS outcome,
    coalesce(s.amount, 0) AS pledged
FROM view_campaigns.campaigns AS c
LEFT JOIN promised AS s ON s.campaign = c.key
LEFT JOIN view_investors.parties AS i ON i.key = c.issuer
 AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
LEFT JOIN LATERAL (
    SELECT t.cap, t.goal FROM view_campaigns.terms AS t
    WHERE t.key = c.key AND t.position <= %(cutoff)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    ORDER BY t.position DESC LIMIT 1
) AS t ON true
LEFT JOIN LATERAL (
    SELECT m.outcome FROM view_campaigns.milestones AS m
    WHERE m.key = c.key AND m.step = 'closed' AND m.position <= %(cutoff)s
      AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
    ORDER BY m.position DESC LIMIT 1
) AS m ON true
WHERE c.opened_position <= %(cutoff)s AND c.opened_day BETWEEN %(first_day)s AND %(last_day)s
  AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)

-- name: v1_close
-- One row per close of a campaign. `pledged` is what stood at that moment, as far as it was known at the cutoff: made
-- before it, and neither cancelled nor lapsed before it.
SELECT
    m.position, m.day, m.epoch, c.scope AS platform, c.key AS campaign, c.issuer, c.kind AS campaign_kind, c.funding,
    c.jurisdiction, c.currency, m.outcome, coalesce(t.goal, c.goal) AS goal,
    coalesce((SELECT sum(p.amount) FROM view_pledges.pledges AS p
     WHERE p.campaign = c.key AND p.made_position <= %(cutoff)s AND p.happened_at < m.happened_at
       AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
       AND NOT EXISTS (
           SELECT FROM view_pledges.steps AS s
           WHERE s.key = p.key AND s.position > p.made_position AND s.step = 'cancelled' AND s.position <= %(cutoff)s
             AND s.happened_at < m.happened_at
             AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s))
       AND NOT EXISTS (
           SELECT FROM view_pledges.ends AS e
           WHERE e.campaign = c.key AND e.kind = 'lapsed' AND e.position <= %(cutoff)s AND e.at < m.happened_at
             AND p.happened_at < e.amended_at
             AND NOT EXISTS (
                 SELECT FROM view_pledges.steps AS r
                 WHERE r.key = p.key AND r.position > p.made_position AND r.step = 'reconfirmed'
                   AND r.position <= %(cutoff)s AND r.happened_at BETWEEN e.amended_at AND e.reconfirm_by
                   AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)))), 0) AS pledged
FROM view_campaigns.milestones AS m
JOIN view_campaigns.campaigns AS c ON c.key = m.key
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
LEFT JOIN LATERAL (
    SELECT t.goal FROM view_campaigns.terms AS t
    WHERE t.key = c.key AND t.position <= %(cutoff)s AND t.position >= c.opened_position
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    ORDER BY t.position DESC LIMIT 1
) AS t ON true
WHERE m.step = 'closed' AND m.position <= %(cutoff)s AND m.day BETWEEN %(first_day)s AND %(last_day)s
  AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
