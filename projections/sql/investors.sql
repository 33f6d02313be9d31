-- View `investors`: parties of all kinds, who is related to whom, what investors declared, and what they have at stake.
--
-- `person` is the same pseudonym on every platform: exposure over platforms is a sum over the parties with one `person`.

-- name: create
CREATE TABLE parties (
    key                 text        NOT NULL,  -- party:<scope>/<party>
    scope               text        NOT NULL,
    party               text        NOT NULL,
    kind                text        NOT NULL,  -- person, organisation
    person              text,                  -- pseudonym, where an identity was given
    name                text,                  -- of an organisation only
    country             text,
    region              text,
    registered_position bigint      NOT NULL,
    registered_at       timestamptz NOT NULL,
    registered_day      integer     NOT NULL,
    verified_position   bigint,                -- the last
    verified_day        integer,
    verified_method     text,
    corrected_position  bigint,
    CONSTRAINT parties_pkey PRIMARY KEY (registered_position)
) WITH (fillfactor = 85);
-- An id whose registration was taken back may be registered anew: only live keys are unique.
CREATE UNIQUE INDEX parties_live ON parties (key) WHERE corrected_position IS NULL;

CREATE TABLE verifications (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- party
    method             text        NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    corrected_position bigint,
    CONSTRAINT verifications_pkey PRIMARY KEY (position)
);
-- Here and not under `index`: a correction looks up the other checks of its party, during a rebuild, too.
CREATE INDEX verifications_by_party ON verifications (key, position);

CREATE TABLE relations (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    party              text        NOT NULL,  -- key
    other              text        NOT NULL,  -- key; `party` is officer, owner, ... of `other`
    relation           text        NOT NULL,  -- officer, owner, family, affiliate, same_controller
    share              text,                  -- decimal
    share_ppm          integer,               -- the same in millionths, rounded down
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT relations_pkey PRIMARY KEY (position)
);

CREATE TABLE declarations (
    position           bigint      NOT NULL,
    scope              text        NOT NULL,
    investor           text        NOT NULL,  -- key of the party
    jurisdiction       text        NOT NULL,
    currency           text        NOT NULL,
    annual_income      bigint,
    net_worth          bigint,
    financial_assets   bigint,
    accredited         boolean,
    sophisticated      boolean,
    experience_years   integer,
    knowledge_passed   boolean,
    valid_to           date,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT declarations_pkey PRIMARY KEY (position)
);

-- What a party has at stake on its platform, per currency.
CREATE TABLE stakes (
    party        text           NOT NULL,  -- key
    currency     text           NOT NULL,
    scope        text           NOT NULL,
    pledge_count bigint         NOT NULL,  -- made, whatever became of them
    owed         numeric(38, 0) NOT NULL,  -- promised, neither collected nor ended
    collected    numeric(38, 0) NOT NULL,
    pledged      numeric(38, 0) GENERATED ALWAYS AS (owed + collected) STORED,
    refunded     numeric(38, 0) NOT NULL,
    claims       numeric(38, 0) NOT NULL,  -- principal of loans held
    cash         numeric(38, 0) NOT NULL,  -- waits on the platform
    position     bigint         NOT NULL,
    CONSTRAINT stakes_pkey PRIMARY KEY (party, currency)
) WITH (fillfactor = 75);

-- name: index
CREATE INDEX parties_by_key ON parties (key);
CREATE INDEX parties_by_person ON parties (person) WHERE person IS NOT NULL;
CREATE INDEX parties_by_scope ON parties (scope, registered_position);
CREATE INDEX relations_by_party ON relations (party);
CREATE INDEX relations_by_other ON relations (other);
CREATE INDEX declarations_by_investor ON declarations (investor, position);
CREATE INDEX stakes_by_scope ON stakes (scope, currency);

-- name: copy_parties
COPY parties (
    key, scope, party, kind, person, name, country, region, registered_position, registered_at, registered_day
) FROM STDIN (FORMAT BINARY)

-- name: copy_relations
COPY relations (position, scope, party, other, relation, share, share_ppm, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_declarations
COPY declarations (
    position, scope, investor, jurisdiction, currency, annual_income, net_worth, financial_assets, accredited,
    sophisticated, experience_years, knowledge_passed, valid_to, happened_at, day, epoch
) FROM STDIN (FORMAT BINARY)

-- name: copy_verifications
COPY verifications (position, key, method, happened_at, day) FROM STDIN (FORMAT BINARY)

-- name: verify
-- `checks`: a JSON array of objects. Joined by place: see `advance` in pledges.sql.
UPDATE parties AS p SET verified_position = s.position, verified_day = s.day, verified_method = s.method
FROM (
    SELECT *, (SELECT ctid FROM parties WHERE key = change.key AND corrected_position IS NULL) AS place
    FROM json_to_recordset(%(checks)s::json) AS change (key text, position bigint, day integer, method text)
) AS s
WHERE p.ctid = s.place

-- name: add_stakes
-- `stakes`: what a batch adds, a JSON array of objects.
INSERT INTO stakes AS k (party, currency, scope, pledge_count, owed, collected, refunded, claims, cash, position)
SELECT party, currency, scope, pledge_count, owed, collected, refunded, claims, cash, position
FROM json_to_recordset(%(stakes)s::json) AS s (
    party text, currency text, scope text, pledge_count bigint, owed numeric, collected numeric, refunded numeric,
    claims numeric, cash numeric, position bigint
)
ON CONFLICT (party, currency) DO UPDATE SET
    pledge_count = k.pledge_count + excluded.pledge_count,
    owed = k.owed + excluded.owed,
    collected = k.collected + excluded.collected,
    refunded = k.refunded + excluded.refunded,
    claims = k.claims + excluded.claims,
    cash = k.cash + excluded.cash,
    position = excluded.position

-- name: correct_party
UPDATE parties SET corrected_position = %(by)s WHERE registered_position = %(of)s

-- name: correct_relation
UPDATE relations SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_declaration
UPDATE declarations SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_verification
UPDATE verifications SET corrected_position = %(by)s WHERE position = %(of)s RETURNING key

-- name: restate_verification
UPDATE parties AS p SET verified_position = v.position, verified_day = v.day, verified_method = v.method
FROM (SELECT) AS one
LEFT JOIN LATERAL (
    SELECT position, day, method FROM verifications
    WHERE key = %(key)s AND corrected_position IS NULL ORDER BY position DESC LIMIT 1
) AS v ON true
WHERE p.key = %(key)s AND p.corrected_position IS NULL

-- name: get
SELECT key, scope, party, kind, person, name, country, region, registered_position, registered_at,
       verified_position, verified_method
FROM view_investors.parties
WHERE key = %(key)s AND corrected_position IS NULL

-- name: same_person
-- The parties, on all platforms, that are the same person as this one; the party itself where no identity was given.
SELECT p.key, p.scope, p.party, p.kind, p.person, p.name, p.country, p.region, p.registered_position, p.registered_at,
       p.verified_position, p.verified_method
FROM view_investors.parties AS given
JOIN view_investors.parties AS p
    ON p.corrected_position IS NULL AND (p.key = given.key OR p.person = given.person)
WHERE given.key = %(key)s AND given.corrected_position IS NULL
ORDER BY p.registered_position

-- name: of_person
SELECT key, scope, party, kind, person, name, country, region, registered_position, registered_at,
       verified_position, verified_method
FROM view_investors.parties
WHERE person = %(person)s AND corrected_position IS NULL
ORDER BY registered_position

-- name: stakes
SELECT party, currency, scope, pledge_count, pledged, collected, refunded, claims, cash, position
FROM view_investors.stakes WHERE party = ANY (%(parties)s) ORDER BY party, currency

-- name: declarations
-- The one that counts first: the latest by valid time.
SELECT position, investor, jurisdiction, currency, annual_income, net_worth, financial_assets, accredited, sophisticated,
       experience_years, knowledge_passed, valid_to, happened_at
FROM view_investors.declarations
WHERE investor = ANY (%(parties)s) AND corrected_position IS NULL
ORDER BY happened_at DESC, position DESC

-- name: relations
SELECT position, party, other, relation, share, happened_at
FROM view_investors.relations
WHERE (party = ANY (%(parties)s) OR other = ANY (%(parties)s)) AND corrected_position IS NULL
ORDER BY position
