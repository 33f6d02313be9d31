-- View `platforms`: licence and life of each platform, how much it reports, what it says it holds, what it should hold.

-- name: create
CREATE TABLE platforms (
    platform            text        NOT NULL,
    key                 text        NOT NULL,  -- platform:<platform>, which is also its source
    name                text        NOT NULL,
    kinds               text[]      NOT NULL,
    jurisdiction        text        NOT NULL,
    region              text,
    status              text        NOT NULL,  -- registered, licensed, suspended, closed
    registered_position bigint      NOT NULL,
    registered_at       timestamptz NOT NULL,
    licensed_position   bigint,                -- the last
    licence             text,
    licence_valid_to    date,
    suspended_position  bigint,                -- the last; of a suspension that was lifted, too
    reinstated_position bigint,
    closed_position     bigint,
    events              bigint      NOT NULL,  -- sent by the platform itself
    first_position      bigint,
    last_position       bigint,
    first_happened_at   timestamptz,
    last_happened_at    timestamptz,
    first_recorded_at   timestamptz,
    last_recorded_at    timestamptz,
    CONSTRAINT platforms_pkey PRIMARY KEY (platform)
) WITH (fillfactor = 50);

-- Every change of standing by the registry.
CREATE TABLE standings (
    position           bigint      NOT NULL,
    platform           text        NOT NULL,
    step               text        NOT NULL,  -- registered, licensed, suspended, reinstated, closed
    kinds              text[],
    licence            text,
    valid_to           date,
    reason             text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    corrected_position bigint,
    CONSTRAINT standings_pkey PRIMARY KEY (position)
);

-- Events per platform and day, once by the day they happened (local), once by the day they were recorded (UTC).
-- "Was there any by position N" is `first_position <= N`, exactly; `events` counts to the view's own position.
CREATE TABLE activity (
    platform       text    NOT NULL,
    basis          text    NOT NULL,  -- happened, recorded
    day            integer NOT NULL,
    events         bigint  NOT NULL,
    first_position bigint  NOT NULL,
    last_position  bigint  NOT NULL,
    CONSTRAINT activity_pkey PRIMARY KEY (platform, basis, day)
) WITH (fillfactor = 75);

-- What the platform's custodian reports.
CREATE TABLE custody (
    position           bigint      NOT NULL,
    platform           text        NOT NULL,
    account            text        NOT NULL,
    currency           text        NOT NULL,
    balance            bigint      NOT NULL,
    as_of              text        NOT NULL,  -- as it was written
    as_of_at           timestamptz NOT NULL,  -- the moment it means
    as_of_day          integer     NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    recorded_day       integer     NOT NULL,
    corrected_position bigint,
    CONSTRAINT custody_pkey PRIMARY KEY (position)
);

-- What the custodian should hold by the log: movements of `escrow/<platform>/` and `cash/<platform>/`, one row per
-- event that changed their sum. Derived balance as of day D, known at N: sum(amount) with day <= D, position <= N.
CREATE TABLE custody_moves (
    position    bigint      NOT NULL,
    platform    text        NOT NULL,
    currency    text        NOT NULL,
    amount      bigint      NOT NULL,
    escrow      bigint      NOT NULL,  -- the part of it that is escrow; the rest is cash
    happened_at timestamptz NOT NULL,
    day         integer     NOT NULL
);

-- platform.reported: a month may be reported again, the last position stands.
CREATE TABLE months (
    position           bigint      NOT NULL,
    platform           text        NOT NULL,
    month              text        NOT NULL,  -- YYYY-MM
    metrics            jsonb       NOT NULL,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    recorded_day       integer     NOT NULL,
    corrected_position bigint,
    CONSTRAINT months_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX standings_by_platform ON standings (platform, position);
CREATE INDEX custody_by_platform ON custody (platform, currency, as_of_day);
CREATE INDEX custody_moves_by_platform ON custody_moves (platform, currency, day) INCLUDE (amount, position);
CREATE INDEX months_by_platform ON months (platform, month, position);
