-- View `campaigns`: one row per campaign, and the facts about campaigns that a rule counts.
--
-- Figures of `campaigns` are those at the view's position. A rule that asks "as of position N" takes the opening facts
-- from `campaigns`, goal and deadline from `terms`, and money from the tables of facts, all with `position <= N`.
-- A fact that was taken back by event.corrected keeps its row and gets `corrected_position`.
--
-- Everywhere: keys are `kind:scope/id`; money in minor units; `day` counts days since 1970-01-01 in the event's own
-- time offset; `epoch` is Unix seconds; running sums are numeric, since no bound on a sum of many events exists.

-- name: create
CREATE TABLE campaigns (
    key                text           NOT NULL,  -- campaign:<scope>/<campaign>
    scope              text           NOT NULL,
    campaign           text           NOT NULL,
    kind               text           NOT NULL,  -- reward, equity, donation
    issuer             text           NOT NULL,  -- key of the party
    title              text           NOT NULL,
    goal               bigint         NOT NULL,
    cap                bigint,
    currency           text           NOT NULL,
    deadline           timestamptz    NOT NULL,  -- last moment at which it takes pledges
    funding            text           NOT NULL,  -- all_or_nothing, keep_what_you_raise
    jurisdiction       text           NOT NULL,
    category           text,
    industry           text,
    region             text,
    minimum            bigint         NOT NULL,
    promised_return    text,                     -- decimal
    fingerprint        text,
    opened_position    bigint         NOT NULL,
    opened_at          timestamptz    NOT NULL,
    opened_day         integer        NOT NULL,
    opened_epoch       bigint         NOT NULL,
    status             text           NOT NULL,  -- open, succeeded, failed, cancelled, corrected
    closed_position    bigint,
    closed_at          timestamptz,
    closed_day         integer,
    corrected_position bigint,                   -- the opening itself was taken back
    amendments         integer        NOT NULL,
    pledged            numeric(38, 0) NOT NULL,  -- of pledges that are not cancelled
    collected          numeric(38, 0) NOT NULL,
    refunded           numeric(38, 0) NOT NULL,
    released           numeric(38, 0) NOT NULL,
    fees               numeric(38, 0) NOT NULL,  -- taken from escrow
    escrow             numeric(38, 0) GENERATED ALWAYS AS (collected - refunded - released - fees) STORED,
    pledge_count       bigint         NOT NULL,  -- not cancelled
    delivered          text           NOT NULL,  -- share, decimal
    delivered_position bigint,
    position           bigint         NOT NULL,  -- last event that touched it
    CONSTRAINT campaigns_pkey PRIMARY KEY (key)
) WITH (fillfactor = 80);

-- What was promised since when: the opening (material, amendment 0) and each amendment, with all terms as they then stood.
CREATE TABLE terms (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- campaign
    amendment          integer     NOT NULL,
    material           boolean     NOT NULL,
    goal               bigint      NOT NULL,
    cap                bigint,
    deadline           timestamptz NOT NULL,
    title              text        NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT terms_pkey PRIMARY KEY (position)
);

-- campaign.closed and campaign.delivered.
CREATE TABLE milestones (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- campaign
    step               text        NOT NULL,  -- closed, delivered
    outcome            text        NOT NULL,  -- of closed: succeeded, failed, cancelled; of delivered: the share, decimal
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT milestones_pkey PRIMARY KEY (position)
);

CREATE TABLE releases (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- campaign
    scope              text        NOT NULL,
    payee              text        NOT NULL,  -- key of the party; the issuer where none was named
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    ip                 text,
    device             text,
    payment            text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT releases_pkey PRIMARY KEY (position)
);

CREATE TABLE fees (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- campaign
    scope              text        NOT NULL,
    payer              text        NOT NULL,  -- issuer, investor
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT fees_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX campaigns_by_scope ON campaigns (scope, opened_position);
CREATE INDEX campaigns_by_issuer ON campaigns (issuer);
CREATE INDEX campaigns_by_fingerprint ON campaigns (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX campaigns_by_opening ON campaigns (opened_position);
CREATE INDEX terms_by_campaign ON terms (key, position);
CREATE INDEX milestones_by_campaign ON milestones (key, position);
CREATE INDEX releases_by_campaign ON releases (key, position);
CREATE INDEX releases_by_payee ON releases (payee);
CREATE INDEX fees_by_campaign ON fees (key, position);
