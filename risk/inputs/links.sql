-- Inputs of rules: who dealt with whom for the first time. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_first_transfer
-- The first reported transfer between two parties, where neither had paid the other before. `times`: how many transfers
-- between the two are known at the cutoff, this one included; a later day's knowledge, so not for rules that run by night.
-- Earlier ones are sought by scalar subqueries on purpose: they stay lookups by index, so the cost follows the days asked
-- and not the length of the history, where joins would be hashed (see `careful` in risk/sql/runs.sql).
SELECT
    t.position, t.day, t.epoch, t.scope AS platform, t.payer, t.payee, t.amount, t.currency,
    (SELECT count(*) FROM view_transfers.transfers AS s
     WHERE s.payer = t.payer AND s.payee = t.payee AND s.position <= %(cutoff)s
       AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s))
    + (SELECT count(*) FROM view_transfers.transfers AS o
       WHERE o.payer = t.payee AND o.payee = t.payer AND o.position <= %(cutoff)s
         AND (o.corrected_position IS NULL OR o.corrected_position > %(cutoff)s)) AS times
FROM view_transfers.transfers AS t
WHERE t.position <= %(cutoff)s AND t.day BETWEEN %(first_day)s AND %(last_day)s AND t.payer <> t.payee
  AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
  AND (SELECT e.position FROM view_transfers.transfers AS e
       WHERE e.payer = t.payer AND e.payee = t.payee AND (e.day, e.position) < (t.day, t.position)
         AND e.position <= %(cutoff)s AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
       LIMIT 1) IS NULL
  AND (SELECT b.position FROM view_transfers.transfers AS b
       WHERE b.payer = t.payee AND b.payee = t.payer AND (b.day, b.position) < (t.day, t.position)
         AND b.position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
       LIMIT 1) IS NULL
