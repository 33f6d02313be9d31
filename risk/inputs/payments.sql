-- Inputs of rules: money that parties moved. What every input keeps to is said in risk/inputs/__init__.py.

-- name: v1_payment
-- Money that a party moved: pledges, deposits, reported transfers.
SELECT made_position AS position, day, epoch, scope AS platform, 'pledge' AS act, investor AS payer, campaign AS payee,
       amount, currency
FROM view_pledges.pledges
WHERE made_position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
  AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
UNION ALL
SELECT position, day, epoch, scope, 'deposit', investor, 'platform:' || scope, amount, currency
FROM view_transfers.deposits
WHERE position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
  AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
UNION ALL
SELECT position, day, epoch, scope, 'transfer', payer, payee, amount, currency
FROM view_transfers.transfers
WHERE position <= %(cutoff)s AND day BETWEEN %(first_day)s AND %(last_day)s
  AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
