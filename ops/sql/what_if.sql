-- The present book as the view `breaches` remembers it, for a question about another law: read inside one snapshot.

-- name: count
SELECT count(*) FROM view_breaches.lines WHERE amount > 0

-- name: invested
-- What stands of every promise, bid and claim, by who made it: streamed in order of the person.
SELECT coalesce('person:' || p.person, p.key) COLLATE "C" AS who, p.key, p.kind, p.person IS NOT NULL AS identified,
       l.contract, l.amount, l.day, l.position, c.jurisdiction, c.kind, c.currency, c.platform,
       coalesce('person:' || o.person, o.key) AS other
FROM view_breaches.lines AS l
JOIN view_breaches.parties AS p ON p.key = l.party AND p.corrected_position IS NULL
JOIN view_breaches.contracts AS c ON c.key = l.contract AND c.corrected_position IS NULL AND NOT c.is_void
JOIN view_breaches.parties AS o ON o.key = c.owner AND o.corrected_position IS NULL
WHERE l.amount > 0 AND c.jurisdiction = ANY (%(jurisdictions)s) AND c.kind = ANY (%(kinds)s)
ORDER BY who, l.position

-- name: declared
-- What each person declared last under these laws, on any platform.
SELECT DISTINCT ON (who, d.jurisdiction)
    coalesce('person:' || p.person, p.key) AS who, d.valid_to, d.declared_at, d.jurisdiction, d.currency,
    d.annual_income, d.net_worth, d.financial_assets, d.accredited, d.sophisticated, d.experience_years
FROM view_breaches.declarations AS d
JOIN view_breaches.parties AS p ON p.key = d.party AND p.corrected_position IS NULL
WHERE d.corrected_position IS NULL AND d.jurisdiction = ANY (%(jurisdictions)s)
ORDER BY who, d.jurisdiction, d.declared_at DESC, d.position DESC

-- name: owned
-- What each borrower owes and each issuer raised, loan by loan and campaign by campaign.
SELECT coalesce('person:' || p.person, p.key) COLLATE "C" AS who, p.key, p.kind, c.jurisdiction, c.kind, c.currency,
       c.platform, c.owed, c.raised, c.day, c.position
FROM view_breaches.contracts AS c
JOIN view_breaches.parties AS p ON p.key = c.owner AND p.corrected_position IS NULL
WHERE c.corrected_position IS NULL AND NOT c.is_void AND (c.owed > 0 OR c.raised > 0)
  AND c.jurisdiction = ANY (%(jurisdictions)s) AND c.kind = ANY (%(kinds)s)
ORDER BY who, c.position
