-- Lists over all platforms, the newest or the largest first; `before_...` is the last row before the page.

-- name: campaigns
SELECT scope AS platform, campaign, title, kind, status, issuer, currency, goal, pledged, collected, escrow AS in_escrow,
       pledge_count AS pledges, opened_at, opened_position AS position
FROM view_campaigns.campaigns
WHERE opened_position < %(before)s AND corrected_position IS NULL
  AND (%(platform)s::text IS NULL OR scope = %(platform)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(parties)s::text[] IS NULL OR issuer = ANY (%(parties)s::text[]))
ORDER BY opened_position DESC LIMIT %(limit)s

-- name: campaign
SELECT scope AS platform, campaign, title, kind, status, issuer, currency, goal, pledged, collected, escrow AS in_escrow,
       pledge_count AS pledges, opened_at, opened_position AS position
FROM view_campaigns.campaigns WHERE key = %(key)s AND corrected_position IS NULL

-- name: loans
SELECT scope AS platform, loan, borrower, status, currency, amount, outstanding, annual_rate, term_months, listed_at,
       listed_position AS position
FROM view_loans.loans
WHERE listed_position < %(before)s AND corrected_position IS NULL
  AND (%(platform)s::text IS NULL OR scope = %(platform)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (NOT %(running)s OR outstanding > 0)
  AND (%(parties)s::text[] IS NULL OR borrower = ANY (%(parties)s::text[]))
ORDER BY listed_position DESC LIMIT %(limit)s

-- name: pledges_newest
SELECT scope AS platform, pledge, campaign, investor, currency, amount, refunded, status, happened_at AS made_at,
       made_position AS position
FROM view_pledges.pledges
WHERE made_position < %(before)s AND corrected_position IS NULL
  AND (%(about)s::text IS NULL OR campaign = %(about)s)
  AND (%(parties)s::text[] IS NULL OR investor = ANY (%(parties)s::text[]))
ORDER BY made_position DESC LIMIT %(limit)s

-- name: pledges_largest
SELECT scope AS platform, pledge, campaign, investor, currency, amount, refunded, status, happened_at AS made_at,
       made_position AS position
FROM view_pledges.pledges
WHERE (amount, made_position) < (%(amount)s, %(before)s) AND corrected_position IS NULL
  AND (%(about)s::text IS NULL OR campaign = %(about)s)
  AND (%(parties)s::text[] IS NULL OR investor = ANY (%(parties)s::text[]))
ORDER BY amount DESC, made_position DESC LIMIT %(limit)s

-- name: bids
SELECT b.scope AS platform, b.bid, b.loan, b.investor, l.currency, b.amount, b.status, b.happened_at AS placed_at,
       b.placed_position AS position
FROM view_loans.bids AS b
JOIN view_loans.loans AS l ON l.key = b.loan AND l.corrected_position IS NULL
WHERE b.placed_position < %(before)s AND b.corrected_position IS NULL
  AND (%(about)s::text IS NULL OR b.loan = %(about)s)
  AND (%(parties)s::text[] IS NULL OR b.investor = ANY (%(parties)s::text[]))
ORDER BY b.placed_position DESC LIMIT %(limit)s

-- name: events_about
-- What the monitor finds about an entity comes again each night, and would bury what happened: its alerts tell it.
SELECT position FROM events
WHERE tags @> ARRAY[%(key)s::text] AND position < %(before)s AND type <> 'alert.found'
ORDER BY position DESC LIMIT %(limit)s

-- name: states
-- Entities whose id is `name` or begins with it. Ranges of the primary key: of a database whose order is not that of
-- bytes some that only begin with it may be missing, but none is shown that does not.
SELECT found.key, found.key = %(kind)s || ':' || p.platform || '/' || %(name)s AS exact
FROM view_platforms.platforms AS p
CROSS JOIN LATERAL (
    SELECT key FROM boundary_states
    WHERE key >= %(kind)s || ':' || p.platform || '/' || %(name)s
      AND key < %(kind)s || ':' || p.platform || '/' || %(name)s || chr(1114111)
      AND starts_with(key, %(kind)s || ':' || p.platform || '/' || %(name)s)
    ORDER BY key LIMIT %(limit)s
) AS found
ORDER BY exact DESC, length(found.key), found.key LIMIT %(limit)s

-- name: events_named
SELECT e.position, e.source, e.id, e.type
FROM (SELECT 'platform:' || platform AS source FROM view_platforms.platforms UNION ALL VALUES ('registry'), ('system')) AS s
JOIN events AS e ON e.source = s.source AND e.id = %(name)s
ORDER BY e.position LIMIT %(limit)s

-- name: campaign_words
SELECT key, title FROM view_campaigns.campaigns WHERE key = ANY (%(keys)s) AND corrected_position IS NULL

-- name: alert
SELECT id, rule, coalesce(platform, '') FROM view_alerts.alerts
WHERE starts_with(id, %(name)s) ORDER BY id COLLATE "C" LIMIT %(limit)s

-- name: case
SELECT id, title FROM view_cases.cases
WHERE starts_with(id, %(name)s) ORDER BY id LIMIT %(limit)s

-- name: platform
SELECT platform, name FROM view_platforms.platforms
WHERE starts_with(platform, %(name)s) OR strpos(lower(name), lower(%(name)s)) > 0
ORDER BY platform LIMIT %(limit)s
