-- Inputs of rules: pledges, who made them, through what, and how close to the issuer. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_pledge
-- One row per pledge.
SELECT
    p.made_position AS position, p.day, p.epoch, p.scope AS platform, p.key AS pledge, p.campaign, p.investor,
    c.issuer, c.kind AS campaign_kind, c.jurisdiction, c.opened_day AS campaign_day, p.amount, p.currency,
    (SELECT min(s.day) FROM view_pledges.steps AS s
     WHERE s.key = p.key AND s.step = 'cancelled' AND s.position <= %(cutoff)s
       AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)) AS cancelled_day
FROM view_pledges.pledges AS p
JOIN view_campaigns.campaigns AS c ON c.key = p.campaign
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
WHERE p.made_position <= %(cutoff)s AND p.day BETWEEN %(first_day)s AND %(last_day)s
  AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)

-- name: v1_backing
-- Who backed what: an investor's first pledge to each campaign, and how many backers that campaign has.
SELECT position, day, epoch, platform, campaign, investor, backers
FROM (
    -- Counted before the days are cut, so that a run over many days sees what a run over one of them sees.
    SELECT f.*, count(*) OVER (PARTITION BY f.campaign) AS backers
    FROM (
        SELECT DISTINCT ON (campaign, investor)
            made_position AS position, day, epoch, scope AS platform, campaign, investor
        FROM view_pledges.pledges
        WHERE made_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
        ORDER BY campaign, investor, day, made_position
    ) AS f
) AS b
WHERE day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_channel
-- Through what money came: one row per pledge or deposit and kind of channel. `value` is null where the platform reports
-- this kind for at least nine of ten, but not here: two unknown addresses are no link, but worth a look.
WITH paid AS (
    SELECT made_position AS position, day, epoch, scope AS platform, 'pledge' AS act, investor, campaign, ip, device, payment
    FROM view_pledges.pledges
    WHERE made_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT position, day, epoch, scope, 'deposit', investor, NULL, ip, device, payment
    FROM view_transfers.deposits
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
habit AS (
    SELECT platform, act, count(*) AS all_of_them, count(ip) AS ip, count(device) AS device, count(payment) AS payment
    FROM paid
    GROUP BY platform, act
)
SELECT p.position, p.day, p.epoch, p.platform, p.act, p.investor, p.campaign, k.channel, k.value
FROM paid AS p
JOIN habit AS h ON h.platform = p.platform AND h.act = p.act
CROSS JOIN LATERAL (
    VALUES ('ip', p.ip, h.ip), ('device', p.device, h.device), ('payment', p.payment, h.payment)
) AS k (channel, value, reported)
WHERE p.day BETWEEN %(first_day)s AND %(last_day)s
  AND (k.value IS NOT NULL OR 10 * k.reported >= 9 * h.all_of_them)

-- name: v1_related_pledge
-- Pledges to a campaign by its issuer or by those close to it: `link` is `issuer`, the relation, or for a second step
-- (a director's wife) the relation of that step. `raised` is what all pledges to the campaign come to.
WITH close AS (
    SELECT party AS one, other AS another, relation, position
    FROM view_investors.relations
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
      AND relation IN ('officer', 'owner', 'same_controller', 'family')
),
both_ways AS (
    SELECT one, another, relation, position FROM close
    UNION ALL
    SELECT another, one, relation, position FROM close
),
circle AS (
    SELECT key AS party, key AS issuer, 'issuer' AS link, NULL::bigint AS link_position, NULL::bigint AS second_position
    FROM view_investors.parties AS i
    WHERE i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT another, one, relation, position, NULL FROM both_ways
    UNION ALL
    SELECT s.another, f.one, s.relation, f.position, s.position
    FROM both_ways AS f
    JOIN both_ways AS s ON s.one = f.another AND s.another <> f.one
    WHERE f.relation IN ('officer', 'owner', 'same_controller') AND s.relation IN ('family', 'same_controller')
),
closest AS (
    SELECT DISTINCT ON (party, issuer) party, issuer, link, link_position, second_position
    FROM circle
    ORDER BY party, issuer, second_position IS NOT NULL, link_position NULLS FIRST, second_position
)
SELECT
    p.made_position AS position, n.link_position, n.second_position, p.day, p.epoch, p.scope AS platform,
    p.key AS pledge, p.campaign, p.investor, c.issuer, n.link, p.amount, p.currency, c.goal,
    (SELECT sum(a.amount) FROM view_pledges.pledges AS a
     WHERE a.campaign = p.campaign AND a.made_position <= %(cutoff)s
       AND (a.corrected_position IS NULL OR a.corrected_position > %(cutoff)s)) AS raised
FROM closest AS n
JOIN view_campaigns.campaigns AS c ON c.issuer = n.issuer
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
JOIN view_pledges.pledges AS p ON p.campaign = c.key AND p.investor = n.party
WHERE p.made_position <= %(cutoff)s AND p.day BETWEEN %(first_day)s AND %(last_day)s
  AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)

-- name: v1_owed_back
-- What is owed back to those who had paid, as changes: the pledge when its promise ended with the campaign or lapsed (or
-- when it was collected, if that was later), minus each refund. `collected` is the collection, null for a refund. A refund
-- before the end counts on the day of the end.
WITH over AS (
    SELECT e.position, e.campaign, e.kind, e.amended_at, e.reconfirm_by,
           coalesce(m.day, extract(epoch FROM e.at)::bigint / 86400) AS day, extract(epoch FROM e.at)::bigint AS epoch
    FROM view_pledges.ends AS e
    LEFT JOIN view_campaigns.milestones AS m ON m.position = e.position
    WHERE e.position <= %(cutoff)s AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
),
owed AS (
    SELECT DISTINCT ON (p.made_position)
        p.key, p.scope, p.campaign, p.amount, p.currency, p.made_position, o.position, o.day, o.epoch,
        s.position AS collected, s.day AS collected_day, s.epoch AS collected_epoch
    FROM over AS o
    JOIN view_pledges.pledges AS p ON p.campaign = o.campaign
     AND p.made_position <= %(cutoff)s AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
    JOIN view_pledges.steps AS s ON s.key = p.key AND s.step = 'collected' AND s.position > p.made_position
     AND s.position <= %(cutoff)s AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
    WHERE o.kind = 'void' OR p.happened_at < o.amended_at AND NOT EXISTS (
        SELECT FROM view_pledges.steps AS r
        WHERE r.key = p.key AND r.step = 'reconfirmed' AND r.position > p.made_position AND r.position <= %(cutoff)s
          AND r.happened_at BETWEEN o.amended_at AND o.reconfirm_by
          AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s))
    ORDER BY p.made_position, o.epoch, o.position
)
SELECT o.position, greatest(o.day, o.collected_day) AS day, greatest(o.epoch, o.collected_epoch) AS epoch, o.collected,
       o.scope AS platform, o.key AS pledge, o.campaign, o.currency, o.amount AS change
FROM owed AS o
WHERE greatest(o.day, o.collected_day) BETWEEN %(first_day)s AND %(last_day)s
UNION ALL
SELECT r.position, greatest(o.day, o.collected_day, r.day), greatest(o.epoch, o.collected_epoch, r.epoch), NULL,
       o.scope, o.key, o.campaign, o.currency, - r.amount
FROM owed AS o
JOIN view_pledges.steps AS r ON r.key = o.key AND r.step = 'refunded' AND r.position > o.made_position
 AND r.position <= %(cutoff)s AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
WHERE greatest(o.day, o.collected_day, r.day) BETWEEN %(first_day)s AND %(last_day)s
