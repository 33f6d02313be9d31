-- View `transfers`: money that moved outside campaigns and loans: reported transfers, deposits, withdrawals.

-- name: create
CREATE TABLE transfers (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    transfer           text        NOT NULL,
    payer              text        NOT NULL,  -- key of the party
    payee              text        NOT NULL,  -- key of the party
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    ip                 text,
    device             text,
    payment            text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT transfers_pkey PRIMARY KEY (position)
);

CREATE TABLE deposits (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    deposit            text        NOT NULL,
    investor           text        NOT NULL,  -- key of the party
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    ip                 text,
    device             text,
    payment            text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT deposits_pkey PRIMARY KEY (position)
);

CREATE TABLE withdrawals (
    key                text        NOT NULL,  -- withdrawal:<scope>/<withdrawal>
    scope              text        NOT NULL,
    withdrawal         text        NOT NULL,
    investor           text        NOT NULL,  -- key of the party
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    requested_position bigint      NOT NULL,
    happened_at        timestamptz NOT NULL,  -- when it was requested
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    status             text        NOT NULL,  -- requested, paid, rejected, corrected
    paid_position      bigint,
    paid_day           integer,
    paid_epoch         bigint,
    rejected_position  bigint,
    rejected_day       integer,
    rejected_epoch     bigint,
    reason             text,                  -- of the rejection
    corrected_position bigint,                -- the request itself was taken back
    CONSTRAINT withdrawals_pkey PRIMARY KEY (requested_position)
) WITH (fillfactor = 80);
-- An id whose request was taken back may be requested anew: only live keys are unique.
CREATE UNIQUE INDEX withdrawals_live ON withdrawals (key) WHERE corrected_position IS NULL;

-- How a withdrawal ended, as it was reported: what `withdrawals` says of the past, for whoever asks as of a position. A
-- corrected end is taken from there, and kept here.
CREATE TABLE ends (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- of the withdrawal
    step               text        NOT NULL,  -- paid, rejected
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT ends_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX ends_by_key ON ends (key, position);
CREATE INDEX ends_by_day ON ends (day, position);
CREATE INDEX transfers_by_payer ON transfers (payer, day);
CREATE INDEX transfers_by_payee ON transfers (payee, day);
CREATE INDEX transfers_by_pair ON transfers (payer, payee, day, position);
CREATE INDEX transfers_by_day ON transfers (day, position);
CREATE INDEX deposits_by_investor ON deposits (investor, position);
CREATE INDEX deposits_by_day ON deposits (scope, day);
CREATE INDEX deposits_by_amount ON deposits (scope, amount, day);
CREATE INDEX withdrawals_by_key ON withdrawals (key);
CREATE INDEX withdrawals_by_investor ON withdrawals (investor, requested_position);
CREATE INDEX withdrawals_by_day ON withdrawals (scope, day);

-- name: copy_transfers
COPY transfers (position, scope, transfer, payer, payee, amount, currency, ip, device, payment, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_deposits
COPY deposits (position, scope, deposit, investor, amount, currency, ip, device, payment, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_withdrawals
COPY withdrawals (
    key, scope, withdrawal, investor, amount, currency, requested_position, happened_at, day, epoch, status
) FROM STDIN (FORMAT BINARY)

-- name: copy_ends
COPY ends (position, key, step, happened_at, day, epoch) FROM STDIN (FORMAT BINARY)

-- name: end_withdrawals
-- `ends`: a JSON array of objects. A withdrawal ends once. Joined by place: see `advance` in pledges.sql.
UPDATE withdrawals AS w
SET status = s.status,
    paid_position = s.paid_position,
    paid_day = s.paid_day,
    paid_epoch = s.paid_epoch,
    rejected_position = s.rejected_position,
    rejected_day = s.rejected_day,
    rejected_epoch = s.rejected_epoch,
    reason = s.reason
FROM (
    SELECT *, (SELECT ctid FROM withdrawals WHERE key = change.key AND corrected_position IS NULL) AS place
    FROM json_to_recordset(%(ends)s::json) AS change (
        key text, status text, paid_position bigint, paid_day integer, paid_epoch bigint, rejected_position bigint,
        rejected_day integer, rejected_epoch bigint, reason text
    )
) AS s
WHERE w.ctid = s.place

-- name: correct_transfer
UPDATE transfers SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_deposit
UPDATE deposits SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_withdrawal
UPDATE withdrawals SET status = 'corrected', corrected_position = %(by)s WHERE requested_position = %(of)s

-- name: correct_end
-- It was neither paid nor rejected after all.
WITH kept AS (UPDATE ends SET corrected_position = %(by)s WHERE position = %(of)s)
UPDATE withdrawals
SET status = 'requested', paid_position = NULL, paid_day = NULL, paid_epoch = NULL,
    rejected_position = NULL, rejected_day = NULL, rejected_epoch = NULL, reason = NULL
WHERE key = %(key)s AND corrected_position IS NULL AND %(of)s IN (paid_position, rejected_position)
