-- View `platforms`: licence and life of each platform, how much it reports, what it says it holds, what it should hold.

-- name: create
CREATE TABLE platforms (
    platform            text        NOT NULL,
    key                 text        NOT NULL,  -- platform:<platform>, which is also its source
    name                text        NOT NULL,
    kinds               text[]      NOT NULL,
    jurisdiction        text        NOT NULL,
    region              text,
    status              text        NOT NULL,  -- registered, licensed, suspended, closed; the last word by valid time
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
CREATE INDEX standings_by_platform ON standings (platform, position);

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
-- What a correction turns counts from the day of the corrected event.
CREATE TABLE custody_moves (
    position    bigint      NOT NULL,
    platform    text        NOT NULL,
    currency    text        NOT NULL,
    amount      bigint      NOT NULL,
    escrow      bigint      NOT NULL,  -- the part of it that is escrow; the rest is cash
    happened_at timestamptz NOT NULL,
    day         integer     NOT NULL
);

-- The same by month (year * 12 + month - 1): what moved in it.
CREATE TABLE held (
    platform text           NOT NULL,
    currency text           NOT NULL,
    month    integer        NOT NULL,
    amount   numeric(38, 0) NOT NULL,
    CONSTRAINT held_pkey PRIMARY KEY (platform, currency, month)
) WITH (fillfactor = 75);

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
CREATE INDEX custody_by_platform ON custody (platform, currency, as_of_day);
CREATE INDEX custody_moves_by_platform ON custody_moves (platform, currency, day) INCLUDE (amount, position);
CREATE INDEX months_by_platform ON months (platform, month, position);

-- name: copy_platforms
COPY platforms (
    platform, key, name, kinds, jurisdiction, region, status, registered_position, registered_at, events
) FROM STDIN (FORMAT BINARY)

-- name: copy_standings
COPY standings (position, platform, step, kinds, licence, valid_to, reason, happened_at, day) FROM STDIN (FORMAT BINARY)

-- name: copy_custody
COPY custody (
    position, platform, account, currency, balance, as_of, as_of_at, as_of_day, happened_at, day, recorded_day
) FROM STDIN (FORMAT BINARY)

-- name: copy_custody_moves
COPY custody_moves (position, platform, currency, amount, escrow, happened_at, day) FROM STDIN (FORMAT BINARY)

-- name: add_held
INSERT INTO held AS h (platform, currency, month, amount)
SELECT platform, currency, month, amount
FROM json_to_recordset(%(sums)s::json) AS s (platform text, currency text, month integer, amount numeric)
ON CONFLICT (platform, currency, month) DO UPDATE SET amount = h.amount + excluded.amount

-- name: copy_months
COPY months (position, platform, month, metrics, happened_at, day, recorded_day) FROM STDIN (FORMAT BINARY)

-- name: add_activity
-- `days`: a JSON array of objects.
INSERT INTO activity AS a (platform, basis, day, events, first_position, last_position)
SELECT platform, basis, day, events, first_position, last_position
FROM json_to_recordset(%(days)s::json) AS s (
    platform text, basis text, day integer, events bigint, first_position bigint, last_position bigint
)
ON CONFLICT (platform, basis, day) DO UPDATE
SET events = a.events + excluded.events, last_position = excluded.last_position

-- name: add_events
-- `counts`: a JSON array of objects. greatest() and least() pass over nulls.
UPDATE platforms AS p
SET events = p.events + s.events,
    first_position = coalesce(p.first_position, s.first_position),
    last_position = s.last_position,
    first_happened_at = least(p.first_happened_at, s.first_happened_at),
    last_happened_at = greatest(p.last_happened_at, s.last_happened_at),
    first_recorded_at = coalesce(p.first_recorded_at, s.first_recorded_at),
    last_recorded_at = s.last_recorded_at
FROM json_to_recordset(%(counts)s::json) AS s (
    platform text, events bigint, first_position bigint, last_position bigint, first_happened_at timestamptz,
    last_happened_at timestamptz, first_recorded_at timestamptz, last_recorded_at timestamptz
)
WHERE p.platform = s.platform

-- name: restate
-- The platform's standing again from what the registry said and did not take back, by valid time. Closing is for good.
UPDATE platforms AS p
SET status = CASE
        WHEN s.closed_position IS NOT NULL THEN 'closed'
        WHEN s.last_step = 'suspended' THEN 'suspended'
        WHEN s.licensed_position IS NOT NULL THEN 'licensed'
        ELSE 'registered'
    END,
    licensed_position = s.licensed_position,
    licence = l.licence,
    licence_valid_to = l.valid_to,
    suspended_position = s.suspended_position,
    reinstated_position = s.reinstated_position,
    closed_position = s.closed_position
FROM (
    SELECT
        (array_agg(step ORDER BY happened_at DESC, position DESC)
            FILTER (WHERE step IN ('suspended', 'reinstated')))[1] AS last_step,
        max(position) FILTER (WHERE step = 'licensed') AS licensed_position,
        max(position) FILTER (WHERE step = 'suspended') AS suspended_position,
        max(position) FILTER (WHERE step = 'reinstated') AS reinstated_position,
        max(position) FILTER (WHERE step = 'closed') AS closed_position
    FROM standings
    WHERE platform = %(platform)s AND corrected_position IS NULL
) AS s
LEFT JOIN standings AS l ON l.position = s.licensed_position
WHERE p.platform = %(platform)s

-- name: correct_standing
UPDATE standings SET corrected_position = %(by)s WHERE position = %(of)s RETURNING platform

-- name: correct_custody
UPDATE custody SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_month
UPDATE months SET corrected_position = %(by)s WHERE position = %(of)s

-- name: all
SELECT platform, key, name, kinds, jurisdiction, region, status, registered_position, registered_at, licence,
       licence_valid_to, events, last_position, first_happened_at, last_happened_at, last_recorded_at
FROM view_platforms.platforms
WHERE %(platform)s::text IS NULL OR platform = %(platform)s
ORDER BY platform

-- name: activity
SELECT day, events FROM view_platforms.activity
WHERE platform = %(platform)s AND basis = %(basis)s AND day BETWEEN %(first_day)s AND %(last_day)s
ORDER BY day

-- name: custody_now
-- Per currency: the last statement day, and what should be there by the log now.
WITH derived AS (
    SELECT currency, sum(amount) AS derived, sum(escrow) AS escrow FROM view_platforms.custody_moves
    WHERE platform = %(platform)s GROUP BY currency
), last AS (
    SELECT DISTINCT ON (account, currency) account, currency, balance, as_of_at
    FROM view_platforms.custody
    WHERE platform = %(platform)s AND corrected_position IS NULL
    ORDER BY account, currency, as_of_at DESC, position DESC
), reported AS (
    SELECT currency, sum(balance) AS reported, max(as_of_at) AS as_of FROM last GROUP BY currency
)
SELECT currency, r.reported, r.as_of, coalesce(d.derived, 0) AS derived, coalesce(d.escrow, 0) AS escrow
FROM derived AS d FULL JOIN reported AS r USING (currency)
ORDER BY currency

-- name: months
SELECT DISTINCT ON (month) month, metrics, position, happened_at
FROM view_platforms.months
WHERE platform = %(platform)s AND corrected_position IS NULL
ORDER BY month, position DESC

-- name: standings
SELECT position, step, kinds, licence, valid_to, reason, happened_at, corrected_position
FROM view_platforms.standings WHERE platform = %(platform)s ORDER BY position
