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
    listed_annual_rate      text           NOT NULL,
    listed_annual_rate_ppm  bigint         NOT NULL,
    listed_term_months      integer        NOT NULL,
    listed_position         bigint         NOT NULL,
    listed_at               timestamptz    NOT NULL,
    listed_day              integer        NOT NULL,
    listed_epoch            bigint         NOT NULL,
    status                  text           NOT NULL,  -- listed, disbursed, lapsed, defaulted, settled, corrected, or
                                                       -- written_off: all that was outstanding
    disbursed_position      bigint,
    disbursed_at            timestamptz,
    disbursed_day           integer,
    lapsed_position         bigint,
    restructured_position   bigint,                   -- the last
    restructurings          integer        NOT NULL,
    defaulted_position      bigint,
    defaulted_day           integer,
    written_off_position    bigint,
    written_off_at          timestamptz,              -- the last that stands
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
    CONSTRAINT loans_pkey PRIMARY KEY (listed_position)
) WITH (fillfactor = 75);
-- An id whose listing was taken back may be listed anew: only live keys are unique.
CREATE UNIQUE INDEX loans_live ON loans (key) WHERE corrected_position IS NULL;

-- Everything that changed a loan's standing or terms.
CREATE TABLE steps (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- loan
    step               text        NOT NULL,  -- disbursed, lapsed, restructured, defaulted, written_off, settled
    amount             bigint,                -- as reported
    given_up           bigint      NOT NULL,  -- by how much claims went down with it
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
-- Here and not under `index`: a correction looks up what else happened to its loan, during a rebuild, too.
CREATE INDEX steps_by_loan ON steps (key, position);

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
    CONSTRAINT bids_pkey PRIMARY KEY (placed_position)
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX bids_live ON bids (key) WHERE corrected_position IS NULL;

-- Each withdrawal of a bid as it was reported. One that was corrected is taken from `bids`, and kept here: for whoever
-- asks as of a position.
CREATE TABLE bid_withdrawals (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- of the bid
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT bid_withdrawals_pkey PRIMARY KEY (position)
);

CREATE TABLE repayments (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    repayment          text        NOT NULL,
    loan               text        NOT NULL,  -- key
    payer              text,                  -- key of the party; null: the borrower
    principal          bigint      NOT NULL,
    recovered          bigint      NOT NULL,  -- the part of principal that had been written off
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
CREATE INDEX repayments_by_loan ON repayments (loan, position);

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
CREATE INDEX loans_by_key ON loans (key);
CREATE INDEX loans_by_day ON loans (listed_day);
CREATE INDEX loans_by_borrower ON loans (borrower);
CREATE INDEX loans_by_fingerprint ON loans (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX steps_by_day ON steps (day, position);
CREATE INDEX bid_withdrawals_by_key ON bid_withdrawals (key, position);
CREATE INDEX bids_by_loan ON bids (loan, placed_position);
CREATE INDEX bids_by_investor ON bids (investor, placed_position);
CREATE INDEX repayments_by_payer ON repayments (payer) WHERE payer IS NOT NULL;
CREATE INDEX repayments_by_day ON repayments (day, position);
CREATE INDEX claims_by_holder ON claims (holder);
CREATE INDEX claim_transfers_by_loan ON claim_transfers (loan, position);
CREATE INDEX claim_transfers_by_day ON claim_transfers (day, position);
CREATE INDEX guarantees_by_day ON guarantees (day, position);
CREATE INDEX guarantees_by_loan ON guarantees (loan);
CREATE INDEX guarantees_by_guarantor ON guarantees (guarantor);
CREATE INDEX fees_by_loan ON fees (loan);

-- name: copy_loans
COPY loans (
    key, scope, loan, borrower, amount, currency, annual_rate, annual_rate_ppm, term_months, repayment, raise_until,
    jurisdiction, purpose, guarantor, insurer, collateral_kind, collateral_value, region, industry, fingerprint,
    listed_annual_rate, listed_annual_rate_ppm, listed_term_months, listed_position, listed_at, listed_day, listed_epoch, status,
    restructurings, bid_count, bid, principal_paid, interest_paid, penalty_paid, fee_paid, outstanding, repayment_count,
    position
) FROM STDIN (FORMAT BINARY)

-- name: copy_steps
COPY steps (
    position, key, step, amount, given_up, term_months, annual_rate, annual_rate_ppm, reason, happened_at, day, epoch
)
FROM STDIN (FORMAT BINARY)

-- name: copy_bids
COPY bids (key, scope, bid, loan, investor, amount, placed_position, happened_at, day, epoch, status)
FROM STDIN (FORMAT BINARY)

-- name: copy_bid_withdrawals
COPY bid_withdrawals (position, key, happened_at, day, epoch) FROM STDIN (FORMAT BINARY)

-- name: copy_repayments
COPY repayments (
    position, scope, repayment, loan, payer, principal, recovered, interest, penalty, fee, ip, device, payment,
    happened_at, day, epoch
) FROM STDIN (FORMAT BINARY)

-- name: copy_claim_transfers
COPY claim_transfers (position, scope, loan, seller, buyer, principal, price, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_guarantees
COPY guarantees (position, scope, loan, guarantor, share, share_ppm, happened_at, day) FROM STDIN (FORMAT BINARY)

-- name: copy_fees
COPY fees (position, scope, loan, payer, amount, currency, happened_at, day, epoch) FROM STDIN (FORMAT BINARY)

-- name: advance
-- `changes`: what a batch does to loans, a JSON array of objects. Sums are added; anything else that is absent stays as it
-- was. `outstanding_then` is the change of `outstanding` up to the last write-off. Joined by place: see pledges.sql.
UPDATE loans AS l
SET bid_count = l.bid_count + s.bid_count,
    bid = l.bid + s.bid,
    principal_paid = l.principal_paid + s.principal_paid,
    interest_paid = l.interest_paid + s.interest_paid,
    penalty_paid = l.penalty_paid + s.penalty_paid,
    fee_paid = l.fee_paid + s.fee_paid,
    outstanding = l.outstanding + s.outstanding,
    repayment_count = l.repayment_count + s.repayment_count,
    last_repayment_position = coalesce(s.last_repayment_position, l.last_repayment_position),
    last_repayment_day = coalesce(s.last_repayment_day, l.last_repayment_day),
    -- A write-off is the loan's status only where it left nothing outstanding, in the order in which things happened: a
    -- payment that is told late may leave nothing to a write-off after it. What is over stays over.
    status = CASE
        WHEN 'settled' IN (l.status, s.status) THEN 'settled'
        WHEN l.outstanding + s.outstanding_then = 0 THEN 'written_off'
        WHEN l.outstanding + s.outstanding = 0 AND s.returned_at < greatest(l.written_off_at, s.written_off_at)
            THEN 'written_off'
        WHEN array_position(%(standing)s::text[], s.status) > array_position(%(standing)s::text[], l.status) THEN s.status
        ELSE l.status
    END,
    disbursed_position = coalesce(s.disbursed_position, l.disbursed_position),
    disbursed_at = coalesce(s.disbursed_at, l.disbursed_at),
    disbursed_day = coalesce(s.disbursed_day, l.disbursed_day),
    lapsed_position = coalesce(s.lapsed_position, l.lapsed_position),
    restructured_position = coalesce(s.restructured_position, l.restructured_position),
    restructurings = l.restructurings + s.restructurings,
    defaulted_position = coalesce(s.defaulted_position, l.defaulted_position),
    defaulted_day = coalesce(s.defaulted_day, l.defaulted_day),
    written_off_position = coalesce(s.written_off_position, l.written_off_position),
    written_off_at = greatest(s.written_off_at, l.written_off_at),
    settled_position = coalesce(s.settled_position, l.settled_position),
    settled_day = coalesce(s.settled_day, l.settled_day),
    position = greatest(s.position, l.position)
FROM (
    SELECT *, (SELECT ctid FROM loans WHERE key = change.key AND corrected_position IS NULL) AS place
    FROM json_to_recordset(%(changes)s::json) AS change (
        key text, position bigint, bid_count bigint, bid numeric, principal_paid numeric, interest_paid numeric,
        penalty_paid numeric, fee_paid numeric, outstanding numeric, repayment_count bigint, restructurings integer,
        last_repayment_position bigint, last_repayment_day integer, outstanding_then numeric, status text,
        disbursed_position bigint, disbursed_at timestamptz, disbursed_day integer, lapsed_position bigint,
        restructured_position bigint, defaulted_position bigint, defaulted_day integer, written_off_position bigint,
        written_off_at timestamptz, returned_at timestamptz, settled_position bigint, settled_day integer
    )
) AS s
WHERE l.ctid = s.place

-- name: agree
-- The terms of restructured loans: of each the latest that was agreed, whatever the order of telling.
UPDATE loans AS l
SET term_months = coalesce(s.term_months, l.listed_term_months),
    annual_rate = coalesce(s.annual_rate, l.listed_annual_rate),
    annual_rate_ppm = coalesce(s.annual_rate_ppm, l.listed_annual_rate_ppm)
FROM (
    SELECT key,
        (array_agg(term_months ORDER BY happened_at DESC, term_months DESC)
            FILTER (WHERE term_months IS NOT NULL))[1] AS term_months,
        (array_agg(annual_rate ORDER BY happened_at DESC, coalesce(term_months, 0) DESC, annual_rate COLLATE "C" DESC)
            FILTER (WHERE annual_rate IS NOT NULL))[1] AS annual_rate,
        (array_agg(annual_rate_ppm ORDER BY happened_at DESC, coalesce(term_months, 0) DESC, annual_rate COLLATE "C" DESC)
            FILTER (WHERE annual_rate IS NOT NULL))[1] AS annual_rate_ppm
    FROM steps
    WHERE key = ANY (%(keys)s::text[]) AND step = 'restructured' AND corrected_position IS NULL
    GROUP BY key
) AS s
WHERE l.key = s.key AND l.corrected_position IS NULL

-- name: move_claims
INSERT INTO claims AS c (loan, holder, currency, amount, position)
SELECT loan, holder, currency, amount, position
FROM json_to_recordset(%(moves)s::json) AS s (loan text, holder text, currency text, amount numeric, position bigint)
ON CONFLICT (loan, holder, currency) DO UPDATE SET amount = c.amount + excluded.amount, position = excluded.position

-- name: withdraw_bids
WITH gone AS (
    UPDATE bids AS b
    SET status = 'withdrawn', withdrawn_position = s.position, withdrawn_day = s.day, withdrawn_epoch = s.epoch
    FROM (
        SELECT *, (SELECT ctid FROM bids WHERE key = change.key AND corrected_position IS NULL) AS place
        FROM json_to_recordset(%(bids)s::json) AS change (key text, position bigint, day integer, epoch bigint)
    ) AS s
    WHERE b.ctid = s.place
    RETURNING b.loan, b.amount, s.position
), moved AS (
    SELECT loan, count(*) AS bids, sum(amount) AS amount, max(position) AS position FROM gone GROUP BY loan
)
UPDATE loans AS l
SET bid_count = l.bid_count - g.bids, bid = l.bid - g.amount, position = greatest(g.position, l.position)
FROM (
    SELECT *, (SELECT ctid FROM loans WHERE key = moved.loan AND corrected_position IS NULL) AS place FROM moved
) AS g
WHERE l.ctid = g.place

-- name: correct_loan
UPDATE loans SET status = 'corrected', corrected_position = %(by)s, position = %(by)s WHERE listed_position = %(of)s

-- name: correct_step
UPDATE steps SET corrected_position = %(by)s WHERE position = %(of)s RETURNING key

-- name: restate
-- The loan's standing and terms again from the steps that stand.
UPDATE loans AS l
SET status = CASE
        WHEN s.settled_position IS NOT NULL THEN 'settled'
        -- Taking back a loss leaves the loan written off where earlier losses (amount - outstanding - paid) remain.
        WHEN %(loss)s AND l.outstanding = 0 AND l.amount > l.principal_paid THEN 'written_off'
        WHEN s.defaulted_position IS NOT NULL THEN 'defaulted'
        WHEN s.disbursed_position IS NOT NULL THEN 'disbursed'
        WHEN s.lapsed_position IS NOT NULL THEN 'lapsed'
        ELSE 'listed'
    END,
    disbursed_position = s.disbursed_position,
    disbursed_at = s.disbursed_at,
    disbursed_day = s.disbursed_day,
    lapsed_position = s.lapsed_position,
    restructured_position = s.restructured_position,
    restructurings = s.restructurings,
    term_months = coalesce(s.term_months, l.listed_term_months),
    annual_rate = coalesce(s.annual_rate, l.listed_annual_rate),
    annual_rate_ppm = coalesce(s.annual_rate_ppm, l.listed_annual_rate_ppm),
    defaulted_position = s.defaulted_position,
    defaulted_day = s.defaulted_day,
    written_off_position = s.written_off_position,
    written_off_at = s.written_off_at,
    settled_position = s.settled_position,
    settled_day = s.settled_day,
    position = %(by)s
FROM (
    -- "The last that said so": the newest value that is not null.
    SELECT
        max(position) FILTER (WHERE step = 'disbursed') AS disbursed_position,
        max(happened_at) FILTER (WHERE step = 'disbursed') AS disbursed_at,
        max(day) FILTER (WHERE step = 'disbursed') AS disbursed_day,
        max(position) FILTER (WHERE step = 'lapsed') AS lapsed_position,
        max(position) FILTER (WHERE step = 'restructured') AS restructured_position,
        count(*) FILTER (WHERE step = 'restructured') AS restructurings,
        (array_agg(term_months ORDER BY happened_at DESC, term_months DESC)
            FILTER (WHERE term_months IS NOT NULL))[1] AS term_months,
        (array_agg(annual_rate ORDER BY happened_at DESC, coalesce(term_months, 0) DESC, annual_rate COLLATE "C" DESC)
            FILTER (WHERE annual_rate IS NOT NULL))[1] AS annual_rate,
        (array_agg(annual_rate_ppm ORDER BY happened_at DESC, coalesce(term_months, 0) DESC, annual_rate COLLATE "C" DESC)
            FILTER (WHERE annual_rate IS NOT NULL))[1] AS annual_rate_ppm,
        max(position) FILTER (WHERE step = 'defaulted') AS defaulted_position,
        (array_agg(day ORDER BY position DESC) FILTER (WHERE step = 'defaulted'))[1] AS defaulted_day,
        max(position) FILTER (WHERE step = 'written_off') AS written_off_position,
        max(happened_at) FILTER (WHERE step = 'written_off') AS written_off_at,
        max(position) FILTER (WHERE step = 'settled') AS settled_position,
        (array_agg(day ORDER BY position DESC) FILTER (WHERE step = 'settled'))[1] AS settled_day
    FROM steps
    WHERE key = %(key)s AND corrected_position IS NULL
) AS s
WHERE l.key = %(key)s AND l.corrected_position IS NULL

-- name: correct_bid
WITH gone AS (
    UPDATE bids SET status = 'corrected', corrected_position = %(by)s WHERE placed_position = %(of)s
    RETURNING loan, amount
)
UPDATE loans AS l SET bid_count = l.bid_count - 1, bid = l.bid - g.amount, position = %(by)s
FROM gone AS g WHERE l.key = g.loan AND l.corrected_position IS NULL

-- name: correct_withdrawal
WITH kept AS (
    UPDATE bid_withdrawals SET corrected_position = %(by)s WHERE position = %(of)s
), back AS (
    UPDATE bids SET status = 'placed', withdrawn_position = NULL, withdrawn_day = NULL, withdrawn_epoch = NULL
    WHERE key = %(key)s AND corrected_position IS NULL AND withdrawn_position = %(of)s
    RETURNING loan, amount
)
UPDATE loans AS l SET bid_count = l.bid_count + 1, bid = l.bid + b.amount, position = %(by)s
FROM back AS b WHERE l.key = b.loan AND l.corrected_position IS NULL

-- name: correct_repayment
WITH gone AS (
    UPDATE repayments SET corrected_position = %(by)s WHERE position = %(of)s
    RETURNING loan, principal, interest, penalty, fee
)
UPDATE loans AS l
SET principal_paid = l.principal_paid - g.principal,
    interest_paid = l.interest_paid - g.interest,
    penalty_paid = l.penalty_paid - g.penalty,
    fee_paid = l.fee_paid - g.fee,
    repayment_count = l.repayment_count - 1,
    last_repayment_position = last.position,
    last_repayment_day = last.day,
    position = %(by)s
FROM gone AS g
LEFT JOIN LATERAL (
    SELECT r.position, r.day FROM repayments AS r
    WHERE r.loan = g.loan AND r.corrected_position IS NULL AND r.position <> %(of)s
    ORDER BY r.position DESC LIMIT 1
) AS last ON true
WHERE l.key = g.loan AND l.corrected_position IS NULL

-- name: correct_claim_transfer
UPDATE claim_transfers SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_guarantee
UPDATE guarantees SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_fee
UPDATE fees SET corrected_position = %(by)s WHERE position = %(of)s

-- name: get
SELECT key, scope, loan, borrower, amount, currency, annual_rate, term_months, repayment, raise_until, jurisdiction, purpose,
       guarantor, region, industry, listed_position, listed_at, status, disbursed_at, defaulted_position, settled_position,
       bid_count, bid, principal_paid, interest_paid, penalty_paid, fee_paid, outstanding, repayment_count,
       last_repayment_day, position
FROM view_loans.loans
WHERE key = %(key)s AND corrected_position IS NULL

-- name: listed
-- In order of listing. Listings that were taken back are left out.
SELECT key, scope, loan, borrower, amount, currency, annual_rate, term_months, repayment, raise_until, jurisdiction, purpose,
       guarantor, region, industry, listed_position, listed_at, status, disbursed_at, defaulted_position, settled_position,
       bid_count, bid, principal_paid, interest_paid, penalty_paid, fee_paid, outstanding, repayment_count,
       last_repayment_day, position
FROM view_loans.loans
WHERE (%(scope)s::text IS NULL OR scope = %(scope)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(borrowers)s::text[] IS NULL OR borrower = ANY (%(borrowers)s::text[]))
  AND listed_position > %(after)s AND corrected_position IS NULL
ORDER BY listed_position LIMIT %(limit)s

-- name: bids
SELECT key, loan, investor, amount, placed_position, happened_at, status
FROM view_loans.bids
WHERE (%(loan)s::text IS NULL OR loan = %(loan)s)
  AND (%(investors)s::text[] IS NULL OR investor = ANY (%(investors)s::text[]))
  AND placed_position > %(after)s AND corrected_position IS NULL
ORDER BY placed_position LIMIT %(limit)s

-- name: claims
SELECT loan, holder, currency, amount, position
FROM view_loans.claims
WHERE amount <> 0
  AND (%(loan)s::text IS NULL OR loan = %(loan)s)
  AND (%(holders)s::text[] IS NULL OR holder = ANY (%(holders)s::text[]))
ORDER BY loan, holder, currency
