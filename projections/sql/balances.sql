-- View `balances`: every posting as it was decided, and its running sum per account.
--
-- A correction's postings (the corrected entry, turned) count from the corrected event's day in valid time, as if it had
-- never been, and from their own recording in known time. So `at` shows what is right, `known_at` what was believed.

-- name: create
CREATE TABLE postings (
    position     bigint      NOT NULL,
    line         integer     NOT NULL,  -- from 0 within the event; the close of a campaign has one per investor
    account      text        NOT NULL,
    currency     text        NOT NULL,
    amount       bigint      NOT NULL,  -- minor units, debit positive
    effective_at timestamptz NOT NULL,  -- valid time: since when it counts; of a correction, since what it corrects did
    happened_at  timestamptz NOT NULL,  -- the event's own time, as it was told
    recorded_at  timestamptz NOT NULL   -- known time
);

CREATE TABLE balances (
    account  text           NOT NULL,
    currency text           NOT NULL,
    balance  numeric(38, 0) NOT NULL,
    position bigint         NOT NULL,  -- last event that moved it
    CONSTRAINT balances_pkey PRIMARY KEY (account, currency)
) WITH (fillfactor = 75);

-- name: index
-- text_pattern_ops: an account prefix is a range under any collation of the database.
CREATE INDEX postings_by_account ON postings (account text_pattern_ops, position);
-- Positions only grow, so a block range index finds them and costs nothing to keep.
CREATE INDEX postings_by_position ON postings USING brin (position);
CREATE INDEX balances_by_prefix ON balances (account text_pattern_ops);

-- name: add
-- `sums`: a JSON array of objects with the columns named here.
INSERT INTO balances AS b (account, currency, balance, position)
SELECT account, currency, amount, position
FROM json_to_recordset(%(sums)s::json) AS s (account text, currency text, amount numeric, position bigint)
ON CONFLICT (account, currency) DO UPDATE SET balance = b.balance + excluded.balance, position = excluded.position

-- name: copy_postings
COPY postings (position, line, account, currency, amount, effective_at, happened_at, recorded_at)
FROM STDIN (FORMAT BINARY)

-- name: now
SELECT account, currency, balance, position
FROM view_balances.balances
WHERE account ~>=~ %(first)s AND account ~<~ %(end)s AND (account, currency) > (%(account)s, %(currency)s)
ORDER BY account, currency LIMIT %(limit)s

-- name: at
-- Both times: what had happened by `at`, of what was known by `known_at`. An account whose postings were all later is
-- left out, one that came to zero is not.
SELECT account, currency, sum(amount) AS balance, max(position) AS position
FROM view_balances.postings
WHERE account ~>=~ %(first)s AND account ~<~ %(end)s AND (account, currency) > (%(account)s, %(currency)s)
  AND effective_at <= %(at)s AND recorded_at <= %(known_at)s
GROUP BY account, currency
ORDER BY account, currency LIMIT %(limit)s

-- name: trial_balance
SELECT currency, sum(balance) AS balance FROM view_balances.balances GROUP BY currency ORDER BY currency

-- name: totals
-- Sum per currency over all accounts of a prefix.
SELECT currency, sum(balance) AS balance FROM view_balances.balances
WHERE account ~>=~ %(first)s AND account ~<~ %(end)s
GROUP BY currency ORDER BY currency

-- name: postings
SELECT position, line, account, currency, amount, effective_at, happened_at, recorded_at
FROM view_balances.postings
WHERE account = %(account)s AND position > %(after)s
ORDER BY position, line LIMIT %(limit)s
