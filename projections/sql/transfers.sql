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
    CONSTRAINT withdrawals_pkey PRIMARY KEY (key)
) WITH (fillfactor = 80);

-- name: index
CREATE INDEX transfers_by_payer ON transfers (payer, day);
CREATE INDEX transfers_by_payee ON transfers (payee, day);
CREATE INDEX transfers_by_day ON transfers (day, position);
CREATE INDEX deposits_by_investor ON deposits (investor, position);
CREATE INDEX deposits_by_day ON deposits (scope, day);
CREATE INDEX withdrawals_by_investor ON withdrawals (investor, requested_position);
CREATE INDEX withdrawals_by_day ON withdrawals (scope, day);
