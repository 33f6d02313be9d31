-- Inputs of rules: how things are reported and paid over time. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_payer_pause
-- Pledges, deposits and reported transfers with the days since the payer's payment before, on any of these roads; null for
-- the first one.
WITH paid AS (
    SELECT made_position AS position, day, epoch, scope AS platform, investor AS payer, currency, amount
    FROM view_pledges.pledges
    WHERE made_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT position, day, epoch, scope, investor, currency, amount
    FROM view_transfers.deposits
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT position, day, epoch, scope, payer, currency, amount
    FROM view_transfers.transfers
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
active AS (
    SELECT DISTINCT payer FROM paid WHERE day BETWEEN %(first_day)s AND %(last_day)s
)
SELECT *
FROM (
    SELECT p.position, p.day, p.epoch, p.platform, p.payer, p.currency, p.amount,
           p.day - lag(p.day) OVER (PARTITION BY p.payer ORDER BY p.epoch, p.position) AS pause_days
    FROM paid AS p
    JOIN active AS a ON a.payer = p.payer
) AS r
WHERE day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_filing
-- Disclosures. `late_days`: after they were due, below zero before, null where no day was said. `change_bp`: by how much
-- the figure moved that moved most against the disclosure that this one amends. `raised_bp`: of a campaign's goal, what had
-- been pledged by then.
SELECT
    d.position, a.position AS amended_position, d.day, d.epoch, d.scope AS platform, d.key AS disclosure, d.about,
    d.about_kind, d.category, d.day - d.due_day AS late_days,
    (SELECT max(div(abs(n.value::numeric - o.value::numeric) * 10000, greatest(abs(o.value::numeric), 1)))
     FROM jsonb_each_text(d.figures) AS n
     JOIN jsonb_each_text(a.figures) AS o ON o.key = n.key) AS change_bp,
    (SELECT div(sum(p.amount) * 10000, c.goal) FROM view_pledges.pledges AS p
     WHERE p.campaign = c.key AND p.made_position <= %(cutoff)s AND p.epoch < d.epoch
       AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)) AS raised_bp
FROM view_filings.disclosures AS d
LEFT JOIN view_filings.disclosures AS a ON a.key = d.amends AND a.position < d.position
 AND (a.corrected_position IS NULL OR a.corrected_position > %(cutoff)s)
LEFT JOIN view_campaigns.campaigns AS c ON c.key = d.about
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
WHERE d.position <= %(cutoff)s AND d.day BETWEEN %(first_day)s AND %(last_day)s
  AND (d.corrected_position IS NULL OR d.corrected_position > %(cutoff)s)

-- name: v1_waiting_correction
-- Corrections that wait for a second person, by the day they were sent in. They have no position yet.
SELECT
    NULL::bigint AS position, extract(epoch FROM p.parked_at)::bigint / 86400 AS day,
    extract(epoch FROM p.parked_at)::bigint AS epoch, replace(p.source, 'platform:', '') AS platform,
    p.source || '/' || p.id AS event, m.missing AS approval
FROM parked AS p
CROSS JOIN LATERAL unnest(p.missing) AS m (missing)
WHERE p.parked_position <= %(cutoff)s AND (p.settled_position IS NULL OR p.settled_position > %(cutoff)s)
  AND left(m.missing, 9) = 'approval:'
  AND extract(epoch FROM p.parked_at)::bigint / 86400 BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_finding
-- What rules found, a row per finding and subject, by the last day that they looked at. `typology` is the beginning of the
-- rule's id, `band` its severity from 0 (info) to 4 (critical).
SELECT
    h.position, h.last_day - date '1970-01-01' AS day, extract(epoch FROM h.at)::bigint AS epoch, a.platform, a.rule,
    split_part(a.rule, '-', 1) AS typology, a.id AS alert, h.severity,
    array_position(ARRAY['info', 'low', 'medium', 'high', 'critical'], h.severity) - 1 AS band, h.score, s.subject
FROM view_alerts.history AS h
JOIN view_alerts.alerts AS a ON a.id = h.alert
CROSS JOIN LATERAL unnest(a.subject) AS s (subject)
WHERE h.step IN ('opened', 'joined') AND h.position <= %(cutoff)s
  AND h.last_day - date '1970-01-01' BETWEEN %(first_day)s AND %(last_day)s
