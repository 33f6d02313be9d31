-- Who belongs together: over the view `investors`, as of two times.

-- name: selves
-- These parties, and all that were known to be the same persons.
SELECT DISTINCT p.key, p.person
FROM view_investors.parties AS given
JOIN view_investors.parties AS p
    ON (p.key = given.key OR p.person = given.person) AND p.registered_position <= %(known)s
    AND (p.corrected_position IS NULL OR p.corrected_position > %(known)s)
WHERE given.key = ANY (%(keys)s) AND given.registered_position <= %(known)s
  AND (given.corrected_position IS NULL OR given.corrected_position > %(known)s)
ORDER BY p.key

-- name: relations
SELECT position, party, other, relation, share, share_ppm, happened_at
FROM view_investors.relations
WHERE (party = ANY (%(keys)s) OR other = ANY (%(keys)s)) AND position <= %(known)s AND happened_at <= %(at)s
  AND (corrected_position IS NULL OR corrected_position > %(known)s)
ORDER BY position
