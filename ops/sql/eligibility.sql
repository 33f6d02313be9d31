-- What eligibility asks of the log and of reservations. All of one answer is read from one snapshot: the log's head.

-- name: parties
-- All parties that are this person, on all platforms.
SELECT DISTINCT tag FROM events CROSS JOIN unnest(tags) AS tag
WHERE tags @> ARRAY[%(person)s] AND type = 'party.registered' AND tag LIKE 'party:%%'

-- name: contracts
-- Pledges, bids and loans that any of these parties ever had a part in. A GIN search by party, not by time.
SELECT DISTINCT tag FROM events CROSS JOIN unnest(tags) AS tag
WHERE tags && %(parties)s::text[] AND type IN ('pledge.made', 'bid.placed', 'claim.transferred')
  AND (tag LIKE 'pledge:%%' OR tag LIKE 'bid:%%' OR tag LIKE 'loan:%%')

-- name: campaigns
-- The campaigns that any of these parties opened.
SELECT DISTINCT tag FROM events CROSS JOIN unnest(tags) AS tag
WHERE tags && %(parties)s::text[] AND type = 'campaign.opened' AND tag LIKE 'campaign:%%'

-- name: borrowed
-- The loans that any of these parties asked for.
SELECT DISTINCT tag FROM events CROSS JOIN unnest(tags) AS tag
WHERE tags && %(parties)s::text[] AND type = 'loan.listed' AND tag LIKE 'loan:%%'

-- name: pledges
-- All pledges ever made to a campaign.
SELECT DISTINCT tag FROM events CROSS JOIN unnest(tags) AS tag
WHERE tags @> ARRAY[%(campaign)s] AND type = 'pledge.made' AND tag LIKE 'pledge:%%'

-- name: related
-- What was told of relations of these parties.
SELECT position, source, body FROM events
WHERE tags && %(parties)s::text[] AND type = 'party.related'
  AND NOT EXISTS (
    SELECT FROM events AS x
    WHERE x.tags @> ARRAY['correction:' || replace(events.source, 'platform:', '') || '/' || events.id]
      AND x.type = 'event.corrected'
  )
ORDER BY position

-- name: rates
-- The newest rate of each of these pairs on or before a day.
SELECT DISTINCT ON (base, quote) base, quote, rate, day, provider, position
FROM (
    SELECT e.position, d.data ->> 'base' AS base, d.data ->> 'quote' AS quote, d.data ->> 'rate' AS rate,
           (d.data ->> 'date')::date AS day, d.data ->> 'provider' AS provider
    FROM events AS e
    CROSS JOIN LATERAL (SELECT convert_from(e.body, 'UTF8')::json -> 'data' AS data) AS d
    WHERE e.tags && %(tags)s::text[] AND e.type = 'rate.reported'
      AND NOT EXISTS (
        SELECT FROM events AS x
        WHERE x.tags @> ARRAY['correction:registry/' || e.id] AND x.type = 'event.corrected'
      )
) AS r
WHERE day <= %(day)s
ORDER BY base, quote, day DESC, position DESC

-- name: reserved
-- What is held for these parties, or in these campaigns and loans, and has neither expired nor been given back.
SELECT id, platform, party, about, amount, currency, position, made_at
FROM reservations
WHERE (party = ANY (%(parties)s) OR about = ANY (%(about)s)) AND expires_at > %(now)s AND ended_at IS NULL
ORDER BY position, id

-- name: used
-- The pledges and bids of a party in a campaign or loan behind a position: what reservations were made for.
SELECT position, body FROM events
WHERE tags @> ARRAY[%(party)s, %(about)s] AND type IN ('pledge.made', 'bid.placed') AND position > %(position)s
ORDER BY position

-- name: reserve
INSERT INTO reservations (id, platform, party, person, about, amount, currency, position, made_at, expires_at)
VALUES (%(id)s, %(platform)s, %(party)s, %(person)s, %(about)s, %(amount)s, %(currency)s, %(position)s, %(made_at)s,
        %(expires_at)s)

-- name: give_back
UPDATE reservations SET ended_at = %(now)s
WHERE id = %(id)s AND platform = %(platform)s AND ended_at IS NULL AND expires_at > %(now)s
RETURNING id

-- name: forget
-- What expired long ago; asked for now and then by whoever makes a reservation.
DELETE FROM reservations WHERE expires_at < %(before)s

-- name: lock
-- One at a time who reserves for the same person, or with the same other side, or in the same campaign or loan: the room
-- is seen and taken as one. In order of the numbers, so that two can't wait for each other.
SELECT pg_advisory_lock(7205760, name) FROM (
    SELECT DISTINCT hashtext(each) AS name FROM unnest(%(names)s::text[]) AS each ORDER BY name
) AS ordered

-- name: unlock
SELECT pg_advisory_unlock(7205760, name) FROM (
    SELECT DISTINCT hashtext(each) AS name FROM unnest(%(names)s::text[]) AS each
) AS held
