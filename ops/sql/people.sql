-- What the vault's door asks of the log.

-- name: mentions
-- Every event that concerns a party. Its money moved where an account of its own is among the postings, or where the
-- event is about a pledge, bid or loan of its; looks into the vault and erasures are no part of the relationship.
SELECT happened_at, postings IS NOT NULL, tags FROM events
WHERE tags @> ARRAY[%(party)s::text] AND type <> 'vault.opened' AND type NOT LIKE 'party.eras%%'

-- name: erasure
-- The newest erasure of a party, with the first checkpoint over it.
SELECT e.position, e.source, e.id, e.type, e.happened_at, e.recorded_at, e.body, e.postings,
       (SELECT c.note FROM checkpoints AS c WHERE c.size >= e.position ORDER BY c.size LIMIT 1)
FROM events AS e WHERE e.tags @> ARRAY[%(party)s::text] AND e.type = 'party.erased'
ORDER BY e.position DESC LIMIT 1
