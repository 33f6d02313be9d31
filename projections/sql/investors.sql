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
    CONSTRAINT parties_pkey PRIMARY KEY (key)
) WITH (fillfactor = 85);

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
    pledge_count bigint         NOT NULL,  -- not cancelled
    pledged      numeric(38, 0) NOT NULL,  -- of pledges that are not cancelled
    collected    numeric(38, 0) NOT NULL,
    refunded     numeric(38, 0) NOT NULL,
    claims       numeric(38, 0) NOT NULL,  -- principal of loans held
    cash         numeric(38, 0) NOT NULL,  -- waits on the platform
    position     bigint         NOT NULL,
    CONSTRAINT stakes_pkey PRIMARY KEY (party, currency)
) WITH (fillfactor = 75);

-- name: index
CREATE INDEX parties_by_person ON parties (person) WHERE person IS NOT NULL;
CREATE INDEX parties_by_scope ON parties (scope, registered_position);
CREATE INDEX parties_by_position ON parties (registered_position);
CREATE INDEX relations_by_party ON relations (party);
CREATE INDEX relations_by_other ON relations (other);
CREATE INDEX declarations_by_investor ON declarations (investor, position);
CREATE INDEX stakes_by_scope ON stakes (scope, currency);
