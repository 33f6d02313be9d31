-- View `loans`: one row per loan as it stands, and the facts about it: bids, repayments, steps, transfers of claims.
--
-- As of position N: the listing's facts from `loans`, status from `steps`, money from the tables of facts; who held what
-- as of N is the sum of the postings of `claim/<scope>/<loan>/` in view `balances`.

-- name: create
CREATE TABLE loans (
    key                     text           NOT NULL,  -- loan:<scope>/<loan>
    scope                   text           NOT NULL,
    loan                    text           NOT NULL,
    borrower                text           NOT NULL,  -- key of the party
    amount                  bigint         NOT NULL,
    currency                text           NOT NULL,
    annual_rate             text           NOT NULL,  -- decimal, now in force
    annual_rate_ppm         bigint         NOT NULL,  -- the same in millionths, rounded down: 0.154 is 154000
    term_months             integer        NOT NULL,  -- now in force
    repayment               text           NOT NULL,  -- equal_instalments, interest_only, bullet
    raise_until             timestamptz    NOT NULL,
    jurisdiction            text           NOT NULL,
    purpose                 text,
    guarantor               text,                     -- as listed, key of the party
    insurer                 text,
    collateral_kind         text,
    collateral_value        bigint,
    region                  text,
    industry                text,
    fingerprint             text,
    listed_annual_rate_ppm  bigint         NOT NULL,
    listed_term_months      integer        NOT NULL,
    listed_position         bigint         NOT NULL,
    listed_at               timestamptz    NOT NULL,
    listed_day              integer        NOT NULL,
    listed_epoch            bigint         NOT NULL,
    status                  text           NOT NULL,  -- listed, disbursed, lapsed, defaulted, written_off, settled, corrected
    disbursed_position      bigint,
    disbursed_at            timestamptz,
    disbursed_day           integer,
    lapsed_position         bigint,
    restructured_position   bigint,                   -- the last
    restructurings          integer        NOT NULL,
    defaulted_position      bigint,
    defaulted_day           integer,
    written_off_position    bigint,
    settled_position        bigint,
    settled_day             integer,
    corrected_position      bigint,                   -- the listing itself was taken back
    bid_count               bigint         NOT NULL,  -- not withdrawn
    bid                     numeric(38, 0) NOT NULL,  -- sum of them
    principal_paid          numeric(38, 0) NOT NULL,
    interest_paid           numeric(38, 0) NOT NULL,
    penalty_paid            numeric(38, 0) NOT NULL,
    fee_paid                numeric(38, 0) NOT NULL,
    outstanding             numeric(38, 0) NOT NULL,  -- principal owed
    repayment_count         bigint         NOT NULL,
    last_repayment_position bigint,
    last_repayment_day      integer,
    position                bigint         NOT NULL,  -- last event that touched it
    CONSTRAINT loans_pkey PRIMARY KEY (key)
) WITH (fillfactor = 75);

-- Everything that changed a loan's standing or terms.
CREATE TABLE steps (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- loan
    step               text        NOT NULL,  -- disbursed, lapsed, restructured, defaulted, written_off, settled
    amount             bigint,
    term_months        integer,
    annual_rate        text,
    annual_rate_ppm    bigint,
    reason             text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT steps_pkey PRIMARY KEY (position)
);

CREATE TABLE bids (
    key                text        NOT NULL,  -- bid:<scope>/<bid>
    scope              text        NOT NULL,
    bid                text        NOT NULL,
    loan               text        NOT NULL,  -- key
    investor           text        NOT NULL,  -- key of the party
    amount             bigint      NOT NULL,  -- in the loan's currency
    placed_position    bigint      NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    status             text        NOT NULL,  -- placed, withdrawn, corrected; what became of it otherwise is the loan's status
    withdrawn_position bigint,
    withdrawn_day      integer,
    withdrawn_epoch    bigint,
    corrected_position bigint,
    CONSTRAINT bids_pkey PRIMARY KEY (key)
) WITH (fillfactor = 85);

CREATE TABLE repayments (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    repayment          text        NOT NULL,
    loan               text        NOT NULL,  -- key
    payer              text,                  -- key of the party; null: the borrower
    principal          bigint      NOT NULL,
    interest           bigint      NOT NULL,
    penalty            bigint      NOT NULL,
    fee                bigint      NOT NULL,
    ip                 text,
    device             text,
    payment            text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT repayments_pkey PRIMARY KEY (position)
);

-- Who holds which part of a loan's principal now.
CREATE TABLE claims (
    loan     text           NOT NULL,  -- key
    holder   text           NOT NULL,  -- key of the party
    currency text           NOT NULL,
    amount   numeric(38, 0) NOT NULL,
    position bigint         NOT NULL,
    CONSTRAINT claims_pkey PRIMARY KEY (loan, holder, currency)
) WITH (fillfactor = 75);

CREATE TABLE claim_transfers (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    loan               text        NOT NULL,  -- key
    seller             text        NOT NULL,  -- key of the party
    buyer              text        NOT NULL,  -- key of the party
    principal          bigint      NOT NULL,
    price              bigint      NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT claim_transfers_pkey PRIMARY KEY (position)
);

CREATE TABLE guarantees (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    loan               text        NOT NULL,  -- key
    guarantor          text        NOT NULL,  -- key of the party
    share              text        NOT NULL,  -- decimal
    share_ppm          integer     NOT NULL,  -- in millionths, rounded down
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    corrected_position bigint,
    CONSTRAINT guarantees_pkey PRIMARY KEY (position)
);

CREATE TABLE fees (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    loan               text        NOT NULL,  -- key
    payer              text        NOT NULL,  -- borrower, investor
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT fees_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX loans_by_scope ON loans (scope, listed_position);
CREATE INDEX loans_by_borrower ON loans (borrower);
CREATE INDEX loans_by_listing ON loans (listed_position);
CREATE INDEX loans_by_fingerprint ON loans (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX steps_by_loan ON steps (key, position);
CREATE INDEX bids_by_loan ON bids (loan, placed_position);
CREATE INDEX bids_by_investor ON bids (investor, placed_position);
CREATE INDEX repayments_by_loan ON repayments (loan, position);
CREATE INDEX repayments_by_payer ON repayments (payer) WHERE payer IS NOT NULL;
CREATE INDEX repayments_by_day ON repayments (day, position);
CREATE INDEX claims_by_holder ON claims (holder);
CREATE INDEX claim_transfers_by_loan ON claim_transfers (loan, position);
CREATE INDEX guarantees_by_loan ON guarantees (loan);
CREATE INDEX guarantees_by_guarantor ON guarantees (guarantor);
CREATE INDEX fees_by_loan ON fees (loan);
