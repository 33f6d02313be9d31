-- View `breaches`: reported facts that broke a limit of the law of their day, judged as of their own position.
--
-- The other tables are what the judge remembers, and only of campaigns and loans whose law limits anything: who is who,
-- what was promised and still stands, what was raised and is owed. They are the present; `breaches` has the history.

-- name: create
CREATE TABLE breaches (
    position           bigint  NOT NULL,  -- the fact
    rule               text    NOT NULL,  -- id in its rulebook
    citation           text    NOT NULL,
    platform           text    NOT NULL,
    about              text    NOT NULL,  -- investor, borrower, issuer, campaign, loan
    subject            text    NOT NULL,  -- key of the party, campaign or loan whose limit it is
    person             text    NOT NULL,  -- the person behind that party, where known; else the subject again
    contract           text    NOT NULL,  -- key of the campaign or loan
    unit               text    NOT NULL,  -- currency of minor units, or what is counted
    figure             numeric(38, 0) NOT NULL,
    limited_to         bigint  NOT NULL,
    bound              text    NOT NULL,
    over_bp            bigint  NOT NULL,  -- by how much the limit is missed, in hundredths of a percent of it
    evidence           bigint[] NOT NULL, -- positions of what else made the figure, and of what was declared
    counted            numeric[] NOT NULL,  -- what each of them adds to the figure
    less               numeric(38, 0) NOT NULL,  -- what was taken back of the figure since, without mending it
    day                integer NOT NULL,  -- of the fact
    epoch              bigint  NOT NULL,
    corrected_position bigint,            -- the fact, or enough of what it rested on, was taken back
    CONSTRAINT breaches_pkey PRIMARY KEY (position, rule, subject)
);
CREATE INDEX breaches_by_evidence ON breaches USING gin (evidence);

CREATE TABLE parties (
    key                text    NOT NULL,
    kind               text    NOT NULL,
    person             text,
    position           bigint  NOT NULL,
    corrected_position bigint,
    CONSTRAINT parties_pkey PRIMARY KEY (position)
);
CREATE INDEX parties_by_key ON parties (key) WHERE corrected_position IS NULL;
CREATE INDEX parties_by_person ON parties (person) WHERE corrected_position IS NULL AND person IS NOT NULL;

CREATE TABLE relations (
    position           bigint  NOT NULL,
    party              text    NOT NULL,
    other              text    NOT NULL,
    day                integer NOT NULL,
    corrected_position bigint,
    CONSTRAINT relations_pkey PRIMARY KEY (position)
);
CREATE INDEX relations_by_party ON relations (party) WHERE corrected_position IS NULL;
CREATE INDEX relations_by_other ON relations (other) WHERE corrected_position IS NULL;

CREATE TABLE declarations (
    position           bigint  NOT NULL,
    party              text    NOT NULL,
    jurisdiction       text    NOT NULL,
    currency           text    NOT NULL,
    declared_at        bigint  NOT NULL,  -- Unix microseconds
    annual_income      bigint,
    net_worth          bigint,
    financial_assets   bigint,
    accredited         boolean,
    sophisticated      boolean,
    experience_years   integer,
    valid_to           bigint,            -- Unix microseconds
    corrected_position bigint,
    CONSTRAINT declarations_pkey PRIMARY KEY (position)
);
CREATE INDEX declarations_by_party ON declarations (party) WHERE corrected_position IS NULL;

CREATE TABLE contracts (
    key                text    NOT NULL,
    kind               text    NOT NULL,  -- of the campaign; lending
    platform           text    NOT NULL,
    owner              text    NOT NULL,  -- key of the issuer or borrower
    jurisdiction       text    NOT NULL,
    currency           text    NOT NULL,
    day                integer NOT NULL,  -- of opening or listing
    position           bigint  NOT NULL,
    raised             numeric(38, 0) NOT NULL,  -- promised and not taken back
    owed               numeric(38, 0) NOT NULL,  -- of a loan's principal
    owed_position      bigint,            -- its disbursement
    is_void            boolean NOT NULL,  -- it failed, was cancelled or lapsed: nothing of it counts
    corrected_position bigint,
    CONSTRAINT contracts_pkey PRIMARY KEY (position)
);
CREATE INDEX contracts_by_key ON contracts (key) WHERE corrected_position IS NULL;
CREATE INDEX contracts_by_owner ON contracts (owner) WHERE corrected_position IS NULL;

CREATE TABLE lines (
    position bigint  NOT NULL,  -- the promise, bid or purchase
    item     text    NOT NULL,  -- key of the pledge or bid; claim:<position>
    party    text    NOT NULL,
    contract text    NOT NULL,
    made     numeric(38, 0) NOT NULL,
    amount   numeric(38, 0) NOT NULL,  -- what stands of it
    day      integer NOT NULL,
    CONSTRAINT lines_pkey PRIMARY KEY (position)
);
CREATE INDEX lines_by_item ON lines (item);
CREATE INDEX lines_by_party ON lines (party) WHERE amount > 0;
CREATE INDEX lines_by_contract ON lines (contract);

-- name: index
CREATE INDEX breaches_by_day ON breaches (day, position);
CREATE INDEX breaches_by_person ON breaches (person);

-- name: items
-- The lines of pledges and bids, whether anything stands of them or not; of an id that was used again the last.
SELECT position, item, party, contract, made, amount, day FROM lines
WHERE item = ANY (%(items)s)
ORDER BY position

-- name: contracts
SELECT key, kind, platform, owner, jurisdiction, currency, day, position, raised, owed, owed_position, is_void
FROM contracts
WHERE key = ANY (%(keys)s) AND corrected_position IS NULL

-- name: owned
SELECT key, kind, platform, owner, jurisdiction, currency, day, position, raised, owed, owed_position, is_void
FROM contracts
WHERE owner = ANY (%(owners)s) AND corrected_position IS NULL

-- name: parties
SELECT key, kind, person FROM parties WHERE key = ANY (%(keys)s) AND corrected_position IS NULL

-- name: selves
SELECT key, kind, person FROM parties WHERE person = ANY (%(persons)s) AND corrected_position IS NULL

-- name: relations
SELECT party, other, position, day FROM relations
WHERE (party = ANY (%(keys)s) OR other = ANY (%(keys)s)) AND corrected_position IS NULL

-- name: declarations
SELECT position, party, jurisdiction, currency, declared_at, annual_income, net_worth, financial_assets, accredited,
       sophisticated, experience_years, valid_to
FROM declarations
WHERE party = ANY (%(parties)s) AND corrected_position IS NULL

-- name: lines
-- What stands of these parties' promises, and of all promises in these campaigns and loans.
SELECT position, item, party, contract, made, amount, day FROM lines
WHERE party = ANY (%(parties)s) AND amount > 0
UNION
SELECT position, item, party, contract, made, amount, day FROM lines
WHERE contract = ANY (%(contracts)s)
ORDER BY position

-- name: copy_parties
COPY parties (key, kind, person, position) FROM STDIN (FORMAT BINARY)

-- name: copy_relations
COPY relations (position, party, other, day) FROM STDIN (FORMAT BINARY)

-- name: copy_declarations
COPY declarations (
    position, party, jurisdiction, currency, declared_at, annual_income, net_worth, financial_assets, accredited,
    sophisticated, experience_years, valid_to
) FROM STDIN (FORMAT BINARY)

-- name: copy_contracts
COPY contracts (
    key, kind, platform, owner, jurisdiction, currency, day, position, raised, owed, owed_position, is_void
) FROM STDIN (FORMAT BINARY)

-- name: copy_lines
COPY lines (position, item, party, contract, made, amount, day) FROM STDIN (FORMAT BINARY)

-- name: copy_breaches
COPY breaches (
    position, rule, citation, platform, about, subject, person, contract, unit, figure, limited_to, bound, over_bp,
    evidence, counted, less, day, epoch
) FROM STDIN (FORMAT BINARY)

-- name: restate_contracts
-- `changes`: a JSON array of objects.
UPDATE contracts AS c
SET raised = s.raised, owed = s.owed, owed_position = s.owed_position, is_void = s.is_void
FROM json_to_recordset(%(changes)s::json) AS s (
    position bigint, raised numeric, owed numeric, owed_position bigint, is_void boolean
)
WHERE c.position = s.position

-- name: restate_lines
UPDATE lines AS l SET amount = s.amount
FROM json_to_recordset(%(changes)s::json) AS s (position bigint, amount numeric)
WHERE l.position = s.position

-- name: forget_party
UPDATE parties SET corrected_position = %(by)s WHERE position = %(of)s

-- name: forget_relation
UPDATE relations SET corrected_position = %(by)s WHERE position = %(of)s

-- name: forget_declaration
UPDATE declarations SET corrected_position = %(by)s WHERE position = %(of)s

-- name: forget_contract
UPDATE contracts SET corrected_position = %(by)s WHERE position = %(of)s

-- name: forget_breaches
UPDATE breaches SET corrected_position = %(by)s
WHERE (position = %(of)s OR %(resting)s AND evidence @> ARRAY[%(of)s::bigint]) AND corrected_position IS NULL

-- name: resting
-- Breaches whose figure contains something of an event.
SELECT position, rule, subject, figure - less AS figure, limited_to, bound, about,
       (SELECT sum(c) FROM unnest(evidence, counted) AS e (p, c) WHERE p = %(of)s) AS counted
FROM breaches
WHERE evidence @> ARRAY[%(of)s::bigint] AND position > %(since)s AND corrected_position IS NULL

-- name: lessen
UPDATE breaches SET less = less + %(amount)s, corrected_position = %(by)s
WHERE position = %(position)s AND rule = %(rule)s AND subject = %(subject)s

-- name: listed
-- Breaches that stood at position `known`, of a person's parties or all, the newest first.
SELECT position, rule, citation, platform, about, subject, contract, unit, figure, limited_to, over_bp, evidence, day
FROM view_breaches.breaches
WHERE (%(subjects)s::text[] IS NULL OR subject = ANY (%(subjects)s)) AND position <= %(known)s
  AND (corrected_position IS NULL OR corrected_position > %(known)s)
ORDER BY position DESC, rule LIMIT %(limit)s
