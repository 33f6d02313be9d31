-- Inputs of rules: what became of a campaign. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_insider_pledge
-- Pledges by people close to the platform's operator (the party `operator` of each platform, see docs/simulator.md) or to
-- the campaign's issuer, by the day they were made. `elapsed_bp`: how much of the campaign's time was over by then.
-- `outsiders`: pledges of others to the campaign between the pledge and its withdrawal.
WITH close AS (
    SELECT party AS one, other AS another, relation, position
    FROM view_investors.relations
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
both_ways AS (
    SELECT one, another, relation, position FROM close
    UNION ALL
    SELECT another, one, relation, position FROM close
    UNION ALL
    SELECT key, key, 'self', NULL::bigint
    FROM view_investors.parties
    WHERE registered_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
closest AS (
    SELECT DISTINCT ON (one, another) one, another, relation, position
    FROM both_ways
    ORDER BY one, another, position NULLS FIRST
),
standing AS (
    SELECT p.*, s.position AS cancel_position, s.day AS cancel_day, s.happened_at AS cancel_at
    FROM view_pledges.pledges AS p
    LEFT JOIN LATERAL (
        SELECT s.position, s.day, s.happened_at FROM view_pledges.steps AS s
        WHERE s.key = p.key AND s.position > p.made_position AND s.step = 'cancelled' AND s.position <= %(cutoff)s
          AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
        ORDER BY s.position LIMIT 1
    ) AS s ON true
    WHERE p.made_position <= %(cutoff)s AND p.day BETWEEN %(first_day)s AND %(last_day)s
      AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
),
linked AS (
    SELECT DISTINCT ON (p.made_position) p.*, n.relation AS link, n.position AS link_position,
           c.opened_at, c.deadline, c.issuer
    FROM standing AS p
    JOIN view_campaigns.campaigns AS c ON c.key = p.campaign
     AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
    CROSS JOIN LATERAL (VALUES (c.issuer, 1), ('party:' || c.scope || '/operator', 0)) AS o (centre, place)
    JOIN closest AS n ON n.one = o.centre AND n.another = p.investor
    ORDER BY p.made_position, o.place, n.position NULLS FIRST
)
SELECT
    l.made_position AS position, l.link_position, l.cancel_position AS cancelled_position, l.day, l.epoch,
    l.scope AS platform, l.key AS pledge, l.campaign, l.investor, l.link, l.amount, l.currency,
    div(extract(epoch FROM l.happened_at - l.opened_at)::bigint::numeric * 10000,
        greatest(extract(epoch FROM l.deadline - l.opened_at)::bigint, 1)::numeric) AS elapsed_bp,
    l.cancel_day AS cancelled_day,
    (SELECT count(*) FROM view_pledges.pledges AS o
     WHERE o.campaign = l.campaign AND o.investor <> l.investor AND o.made_position <= %(cutoff)s
       AND o.happened_at > l.happened_at AND o.happened_at < l.cancel_at
       AND (o.corrected_position IS NULL OR o.corrected_position > %(cutoff)s)) AS outsiders
FROM linked AS l

-- name: v1_late_pledge
-- Pledges made in the last tenth of the time of campaigns that closed as succeeded, by the day of the close. `raised` is
-- what stood at the close, `raised_early` what had been promised of it before the last tenth. `payer_rank`: 1 for whoever
-- gave most within that tenth. `payer_days`: how long the payer had been registered. `link`: how close the payer is to
-- the issuer, null where nothing was reported. `cancelled_day`: withdrawn after all.
WITH closed AS (
    SELECT c.key, c.scope, c.issuer, c.currency, c.goal, c.opened_at, m.happened_at AS closed_at, m.day, m.epoch,
           m.position, least(c.deadline, m.happened_at) AS ended_at
    FROM view_campaigns.milestones AS m
    JOIN view_campaigns.campaigns AS c ON c.key = m.key
     AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
    WHERE m.step = 'closed' AND m.outcome = 'succeeded' AND m.position <= %(cutoff)s
      AND m.day BETWEEN %(first_day)s AND %(last_day)s
      AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
),
given AS (
    SELECT k.*, p.made_position, p.key AS pledge, p.investor, p.amount, p.happened_at,
           (SELECT min(s.day) FROM view_pledges.steps AS s
            WHERE s.key = p.key AND s.position > p.made_position AND s.step = 'cancelled' AND s.position <= %(cutoff)s
              AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)) AS cancelled_day,
           div(extract(epoch FROM p.happened_at - k.opened_at)::bigint::numeric * 10000,
               greatest(extract(epoch FROM k.ended_at - k.opened_at)::bigint, 1)::numeric) AS elapsed_bp
    FROM closed AS k
    JOIN view_pledges.pledges AS p ON p.campaign = k.key AND p.made_position <= %(cutoff)s
     AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
),
summed AS (
    SELECT g.*,
           sum(CASE WHEN cancelled_day IS NULL OR cancelled_day > day THEN amount ELSE 0 END)
               OVER (PARTITION BY position) AS raised,
           sum(CASE WHEN elapsed_bp < 9000 AND (cancelled_day IS NULL OR cancelled_day > day) THEN amount ELSE 0 END)
               OVER (PARTITION BY position) AS raised_early,
           sum(CASE WHEN elapsed_bp >= 9000 THEN amount ELSE 0 END) OVER (PARTITION BY position, investor) AS of_payer
    FROM given AS g
),
close AS (
    SELECT one, another, min(relation) AS relation
    FROM (
        SELECT party AS one, other AS another, relation FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
        UNION ALL
        SELECT other, party, relation FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    ) AS b
    GROUP BY one, another
)
SELECT
    s.made_position AS position, s.day, s.epoch, s.scope AS platform, s.pledge, s.key AS campaign, s.issuer, s.investor,
    s.currency, s.amount, s.elapsed_bp,
    dense_rank() OVER (PARTITION BY s.position ORDER BY s.of_payer DESC, s.investor COLLATE "C") AS payer_rank,
    extract(epoch FROM s.happened_at - i.registered_at)::bigint / 86400 AS payer_days,
    CASE WHEN s.investor = s.issuer THEN 'self' ELSE n.relation END AS link, s.goal, s.raised, s.raised_early,
    s.cancelled_day
FROM summed AS s
LEFT JOIN view_investors.parties AS i ON i.key = s.investor
 AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
LEFT JOIN close AS n ON n.one = s.issuer AND n.another = s.investor
WHERE s.elapsed_bp >= 9000

-- name: v1_refund
-- Money that went back to who pledged it, by the day it went: one row per refund. `usual_goal`: the median of
-- what campaigns of the kind and currency ask for on all platforms; it stands firm where a few ask for the absurd, as a
-- 95th percentile over thirty campaigns does not. `outcome`: how the campaign had ended.
WITH usual AS (
    SELECT kind, currency, percentile_disc(0.5) WITHIN GROUP (ORDER BY goal) AS goal
    FROM view_campaigns.campaigns
    WHERE opened_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    GROUP BY kind, currency
)
SELECT
    s.position, p.made_position, s.day, s.epoch, p.scope AS platform, p.key AS pledge, p.campaign, c.issuer, p.investor,
    p.currency, s.amount, c.goal, u.goal AS usual_goal,
    coalesce((SELECT m.outcome FROM view_campaigns.milestones AS m
     WHERE m.key = c.key AND m.step = 'closed' AND m.position <= %(cutoff)s
       AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
     ORDER BY m.position DESC LIMIT 1), 'open') AS outcome
FROM view_pledges.steps AS s
JOIN view_pledges.pledges AS p ON p.key = s.key AND p.made_position < s.position
 AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
JOIN view_campaigns.campaigns AS c ON c.key = p.campaign
 AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
JOIN usual AS u ON u.kind = c.kind AND u.currency = p.currency
WHERE s.step = 'refunded' AND s.position <= %(cutoff)s AND s.day BETWEEN %(first_day)s AND %(last_day)s
  AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)

-- name: v1_proceeds
-- What a campaign paid out, and what its recipient paid on within thirty days: a row for each release (`release`) and
-- each reported transfer of the recipient after one (`onward`, with the `hours` since the last release before it). A
-- payment firm knows the recipient by a key of its own: two keys are one where the identity is. `link`: how close who got
-- it is to the issuer, `self` where it is the issuer; null: nothing was reported.
WITH who AS MATERIALIZED (
    SELECT key, coalesce(person, key) AS who
    FROM view_investors.parties
    WHERE registered_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
),
released AS MATERIALIZED (
    SELECT r.position, r.day, r.epoch, r.scope, r.key, r.payee, r.amount, r.currency, c.issuer, w.who
    FROM view_campaigns.releases AS r
    JOIN view_campaigns.campaigns AS c ON c.key = r.key
     AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
    JOIN who AS w ON w.key = r.payee
    WHERE r.position <= %(cutoff)s AND r.day BETWEEN %(first_day)s - 32 AND %(last_day)s + 1
      AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)
),
onward AS (
    SELECT DISTINCT ON (t.position, r.key)
        t.position, t.day, t.epoch, r.scope, r.key, r.issuer, t.payer, t.payee, t.amount, t.currency,
        (t.epoch - r.epoch) / 3600 AS hours
    FROM view_transfers.transfers AS t
    JOIN who AS w ON w.key = t.payer
    JOIN released AS r ON r.who = w.who AND r.currency = t.currency AND t.epoch BETWEEN r.epoch AND r.epoch + 2592000
    WHERE t.position <= %(cutoff)s AND t.day BETWEEN %(first_day)s AND %(last_day)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    ORDER BY t.position, r.key, r.epoch DESC
),
paid AS (
    SELECT position, day, epoch, scope, key, issuer, payee AS recipient, 'release' AS role, payee, currency, amount,
           0::bigint AS hours
    FROM released
    WHERE day BETWEEN %(first_day)s AND %(last_day)s
    UNION ALL
    SELECT position, day, epoch, scope, key, issuer, payer, 'onward', payee, currency, amount, hours
    FROM onward
),
close AS (
    SELECT a.who AS one, o.who AS another, min(b.relation) AS relation, min(b.position) AS position
    FROM (
        SELECT party AS one, other AS another, relation, position FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
        UNION ALL
        SELECT other, party, relation, position FROM view_investors.relations
        WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    ) AS b
    JOIN who AS a ON a.key = b.one
    JOIN who AS o ON o.key = b.another
    GROUP BY a.who, o.who
)
SELECT
    p.position, n.position AS link_position, p.day, p.epoch, p.scope AS platform, p.key AS campaign, p.issuer, p.recipient,
    p.role, p.payee, CASE WHEN e.who = i.who THEN 'self' ELSE n.relation END AS link, p.currency, p.amount, p.hours
FROM paid AS p
JOIN who AS i ON i.key = p.issuer
JOIN who AS e ON e.key = p.payee
LEFT JOIN close AS n ON n.one = i.who AND n.another = e.who

-- name: v1_twin
-- Campaigns and loans that stand open on one platform while the same stands open on another: the same `fingerprint`, or
-- the same owner (by identity) with the same title or purpose. By the day of opening; `mark` is what they share.
WITH offers AS (
    SELECT c.opened_position AS position, c.opened_day AS day, c.opened_epoch AS epoch, c.scope AS platform, c.key AS offer,
           i.person AS owner, lower(btrim(c.title)) AS said, c.fingerprint, c.currency, c.goal AS amount,
           coalesce((SELECT min(m.day) FROM view_campaigns.milestones AS m
            WHERE m.key = c.key AND m.step = 'closed' AND m.position <= %(cutoff)s
              AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)),
           extract(epoch FROM c.deadline)::bigint / 86400) AS until_day
    FROM view_campaigns.campaigns AS c
    LEFT JOIN view_investors.parties AS i ON i.key = c.issuer
     AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
    WHERE c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT l.listed_position, l.listed_day, l.listed_epoch, l.scope, l.key, b.person, lower(btrim(l.purpose)),
           l.fingerprint, l.currency, l.amount,
           coalesce((SELECT min(s.day) FROM view_loans.steps AS s
            WHERE s.key = l.key AND s.step IN ('disbursed', 'lapsed') AND s.position <= %(cutoff)s
              AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)),
           extract(epoch FROM l.raise_until)::bigint / 86400)
    FROM view_loans.loans AS l
    LEFT JOIN view_investors.parties AS b ON b.key = l.borrower
     AND b.registered_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
    WHERE l.listed_position <= %(cutoff)s AND (l.corrected_position IS NULL OR l.corrected_position > %(cutoff)s)
),
-- A purpose is often one word that half of all borrowers use: it says something together with the amount.
marked AS (
    SELECT o.*, 'fingerprint' AS basis, o.fingerprint AS mark FROM offers AS o WHERE o.fingerprint IS NOT NULL
    UNION ALL
    SELECT o.*, 'owner', o.owner || ' ' || o.said || ' ' || o.amount
    FROM offers AS o
    WHERE o.owner IS NOT NULL AND o.said <> ''
),
shared AS (
    SELECT basis, mark FROM marked GROUP BY basis, mark HAVING min(platform COLLATE "C") <> max(platform COLLATE "C")
)
SELECT DISTINCT m.position, m.day, m.epoch, m.platform, m.offer, m.owner, m.basis, m.mark, m.currency, m.amount,
       m.until_day::bigint AS until_day
FROM marked AS m
JOIN shared AS s ON s.basis = m.basis AND s.mark = m.mark
JOIN marked AS o ON o.basis = m.basis AND o.mark = m.mark AND o.platform <> m.platform
 AND o.day < m.until_day AND m.day < o.until_day
WHERE m.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_promise
-- Campaigns that succeeded and were paid out, and every word about them since: a row for the close (`closed`), each
-- report of delivery (`delivered`, `share_bp` of all), each disclosure about it (`update`), each complaint (`complaint`).
-- Every row carries the day of the close and what had been released at the cutoff.
WITH closed AS (
    SELECT c.key, c.scope, c.issuer, c.kind, c.currency, m.position, m.day, m.epoch,
           (SELECT coalesce(sum(r.amount), 0) FROM view_campaigns.releases AS r
            WHERE r.key = c.key AND r.position <= %(cutoff)s
              AND (r.corrected_position IS NULL OR r.corrected_position > %(cutoff)s)) AS released
    FROM view_campaigns.milestones AS m
    JOIN view_campaigns.campaigns AS c ON c.key = m.key
     AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
    WHERE m.step = 'closed' AND m.outcome = 'succeeded' AND m.position <= %(cutoff)s
      AND (m.corrected_position IS NULL OR m.corrected_position > %(cutoff)s)
),
words AS (
    SELECT key, position, day, epoch, 'closed' AS role, 0::bigint AS share_bp FROM closed
    UNION ALL
    SELECT key, position, day, epoch, 'delivered', div(outcome::numeric * 10000, 1)::bigint
    FROM view_campaigns.milestones
    WHERE step = 'delivered' AND position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT about, position, day, epoch, 'update', 0
    FROM view_filings.disclosures
    WHERE about_kind = 'campaign' AND position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT about, position, day, epoch, 'complaint', 0
    FROM view_filings.complaints
    WHERE about_kind = 'campaign' AND position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
)
SELECT w.position, w.day, w.epoch, k.scope AS platform, k.key AS campaign, k.issuer, k.kind AS campaign_kind, k.currency,
       w.role, w.share_bp, k.day AS closed_day, k.released
FROM closed AS k
JOIN words AS w ON w.key = k.key AND w.day >= k.day
WHERE k.released > 0 AND w.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_receipt
-- Pledges with the country of who made them, and the day on which the campaign had its first pledge from there.
SELECT *
FROM (
    -- First days are counted over all pledges, before the days are cut.
    SELECT
        p.made_position AS position, p.day, p.epoch, p.scope AS platform, p.campaign, c.issuer, p.investor, p.currency,
        p.amount, i.country, min(p.day) OVER (PARTITION BY p.campaign, i.country) AS country_day
    FROM view_pledges.pledges AS p
    JOIN view_campaigns.campaigns AS c ON c.key = p.campaign
     AND c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
    JOIN view_investors.parties AS i ON i.key = p.investor
     AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
    WHERE p.made_position <= %(cutoff)s AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
) AS r
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_launch
-- Campaigns by the day they opened, with what was known of the issuer on that day: for how long it had been registered,
-- whether it had been verified (1 or 0), how many campaigns of the same identity came before. `usual_goal`: the median of
-- the kind and currency on all platforms. `promised_bp`: the return that is promised, 0 where none is.
WITH usual AS (
    SELECT kind, currency, percentile_disc(0.5) WITHIN GROUP (ORDER BY goal) AS goal
    FROM view_campaigns.campaigns
    WHERE opened_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    GROUP BY kind, currency
),
owned AS (
    SELECT c.*, coalesce(i.person, i.key) AS who, i.registered_position, i.registered_day,
           row_number() OVER (PARTITION BY coalesce(i.person, i.key) ORDER BY c.opened_epoch, c.opened_position) - 1 AS earlier
    FROM view_campaigns.campaigns AS c
    JOIN view_investors.parties AS i ON i.key = c.issuer
     AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
    WHERE c.opened_position <= %(cutoff)s AND (c.corrected_position IS NULL OR c.corrected_position > %(cutoff)s)
),
checked AS (
    SELECT key, min(day) AS day
    FROM view_investors.verifications
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    GROUP BY key
)
SELECT
    o.opened_position AS position, o.registered_position, o.opened_day AS day, o.opened_epoch AS epoch, o.scope AS platform,
    o.key AS campaign, o.issuer, o.kind AS campaign_kind, o.currency, o.goal, u.goal AS usual_goal,
    o.opened_day - o.registered_day AS issuer_days, CASE WHEN k.day <= o.opened_day THEN 1 ELSE 0 END AS verified,
    o.earlier, div(coalesce(o.promised_return, '0')::numeric * 10000, 1)::bigint AS promised_bp
FROM owned AS o
JOIN usual AS u ON u.kind = o.kind AND u.currency = o.currency
LEFT JOIN checked AS k ON k.key = o.issuer
WHERE o.opened_day BETWEEN %(first_day)s AND %(last_day)s

-- name: v1_party_country
-- Issuers (`issuer`, by the day the campaign opened) and who was paid by a campaign (`payee`, by the day of the release),
-- with the country that was reported for them. A party without a country is not there.
SELECT
    e.position, i.registered_position, e.day, e.epoch, e.scope AS platform, e.campaign, e.role, i.key AS party, i.country,
    e.currency, e.amount
FROM (
    SELECT opened_position AS position, opened_day AS day, opened_epoch AS epoch, scope, key AS campaign,
           'issuer' AS role, issuer AS party, currency, 0::bigint AS amount
    FROM view_campaigns.campaigns
    WHERE opened_position <= %(cutoff)s AND opened_day BETWEEN %(first_day)s AND %(last_day)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT position, day, epoch, scope, key, 'payee', payee, currency, amount
    FROM view_campaigns.releases
    WHERE position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
) AS e
JOIN view_investors.parties AS i ON i.key = e.party AND i.country IS NOT NULL
 AND i.registered_position <= %(cutoff)s AND (i.corrected_position IS NULL OR i.corrected_position > %(cutoff)s)
