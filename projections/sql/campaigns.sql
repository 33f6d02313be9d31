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
    goal_agreed_at     timestamptz,              -- valid time of the amendment that set it; null: the opening
    cap_agreed_at      timestamptz,
    deadline_agreed_at timestamptz,
    title_agreed_at    timestamptz,
    owed               numeric(38, 0) NOT NULL,  -- promised, neither collected nor ended
    collected          numeric(38, 0) NOT NULL,
    pledged            numeric(38, 0) GENERATED ALWAYS AS (owed + collected) STORED,
    refunded           numeric(38, 0) NOT NULL,
    released           numeric(38, 0) NOT NULL,  -- and not returned
    returned           numeric(38, 0) NOT NULL,  -- came back into escrow
    fees               numeric(38, 0) NOT NULL,  -- taken from escrow
    escrow             numeric(38, 0) GENERATED ALWAYS AS (collected - refunded - released - fees) STORED,
    pledge_count       bigint         NOT NULL,  -- made, whatever became of them
    delivered          text           NOT NULL,  -- share, decimal: the latest report by valid time
    delivered_position bigint,
    delivered_at       timestamptz,
    position           bigint         NOT NULL,  -- last event that touched it
    CONSTRAINT campaigns_pkey PRIMARY KEY (opened_position)
) WITH (fillfactor = 80);
-- An id whose opening was taken back may be opened anew: only live keys are unique.
CREATE UNIQUE INDEX campaigns_live ON campaigns (key) WHERE corrected_position IS NULL;

-- What was promised since when: the opening (material, amendment 0) and each amendment, with all terms as they stood when
-- it was recorded. The correction of an amendment leaves the terms as they stand after it, in a row of its own.
CREATE TABLE terms (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- campaign
    amendment          integer     NOT NULL,
    material           boolean     NOT NULL,
    goal               bigint      NOT NULL,
    cap                bigint,
    deadline           timestamptz NOT NULL,
    title              text        NOT NULL,
    said_goal          bigint,                 -- of an amendment, what it changed itself
    said_cap           bigint,
    said_deadline      timestamptz,
    said_title         text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT terms_pkey PRIMARY KEY (position)
);
-- Here and not under `index`: a correction looks up what else was said of its campaign, during a rebuild, too.
CREATE INDEX terms_by_campaign ON terms (key, position);

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
CREATE INDEX milestones_by_campaign ON milestones (key, position);

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

-- What came back of it into escrow.
CREATE TABLE returns (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- campaign
    scope              text        NOT NULL,
    payer              text        NOT NULL,  -- key of the party; the issuer where none was named
    amount             bigint      NOT NULL,
    currency           text        NOT NULL,
    ip                 text,
    device             text,
    payment            text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT returns_pkey PRIMARY KEY (position)
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
CREATE INDEX releases_by_campaign ON releases (key, position);
CREATE INDEX releases_by_day ON releases (day, position);
CREATE INDEX releases_by_payee ON releases (payee);
CREATE INDEX returns_by_campaign ON returns (key, position);
CREATE INDEX fees_by_campaign ON fees (key, position);

-- name: copy_campaigns
COPY campaigns (
    key, scope, campaign, kind, issuer, title, goal, cap, currency, deadline, funding, jurisdiction, category, industry,
    region, minimum, promised_return, fingerprint, opened_position, opened_at, opened_day, opened_epoch, status, amendments,
    owed, collected, refunded, released, returned, fees, pledge_count, delivered, position
) FROM STDIN (FORMAT BINARY)

-- name: copy_terms
COPY terms (position, key, amendment, material, goal, cap, deadline, title, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_milestones
COPY milestones (position, key, step, outcome, happened_at, day, epoch) FROM STDIN (FORMAT BINARY)

-- name: copy_releases
COPY releases (position, key, scope, payee, amount, currency, ip, device, payment, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_returns
COPY returns (position, key, scope, payer, amount, currency, ip, device, payment, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: copy_fees
COPY fees (position, key, scope, payer, amount, currency, happened_at, day, epoch) FROM STDIN (FORMAT BINARY)

-- name: advance
-- `changes`: sums to add and columns to set, a JSON array of objects. Joined by place: see `advance` in pledges.sql.
UPDATE campaigns AS c
SET owed = c.owed + s.owed,
    collected = c.collected + s.collected,
    refunded = c.refunded + s.refunded,
    released = c.released + s.released,
    returned = c.returned + s.returned,
    fees = c.fees + s.fees,
    pledge_count = c.pledge_count + s.pledge_count,
    status = coalesce(s.status, c.status),
    closed_position = coalesce(s.closed_position, c.closed_position),
    closed_at = coalesce(s.closed_at, c.closed_at),
    closed_day = coalesce(s.closed_day, c.closed_day),
    -- A late report does not stand over one of a later day.
    delivered = CASE WHEN s.delivered_at >= coalesce(c.delivered_at, s.delivered_at) THEN s.delivered ELSE c.delivered END,
    delivered_position = CASE
        WHEN s.delivered_at >= coalesce(c.delivered_at, s.delivered_at) THEN s.delivered_position ELSE c.delivered_position
    END,
    delivered_at = greatest(s.delivered_at, c.delivered_at),
    position = greatest(s.position, c.position)
FROM (
    SELECT *, (SELECT ctid FROM campaigns WHERE key = change.key AND corrected_position IS NULL) AS place
    FROM json_to_recordset(%(changes)s::json) AS change (
        key text, position bigint, owed numeric, collected numeric, refunded numeric, released numeric, returned numeric,
        fees numeric, pledge_count bigint, status text, closed_position bigint, closed_at timestamptz, closed_day integer,
        delivered text, delivered_position bigint, delivered_at timestamptz
    )
) AS s
WHERE c.ctid = s.place

-- name: amend
-- Each term keeps the value of the latest agreement by valid time: a late report does not undo what was agreed after it.
WITH amended AS (
    UPDATE campaigns
    SET goal = CASE
            WHEN %(goal)s::bigint IS NULL OR %(happened_at)s < goal_agreed_at THEN goal ELSE %(goal)s
        END,
        cap = CASE WHEN %(cap)s::bigint IS NULL OR %(happened_at)s < cap_agreed_at THEN cap ELSE %(cap)s END,
        deadline = CASE
            WHEN %(deadline)s::timestamptz IS NULL OR %(happened_at)s < deadline_agreed_at THEN deadline ELSE %(deadline)s
        END,
        title = CASE WHEN %(title)s::text IS NULL OR %(happened_at)s < title_agreed_at THEN title ELSE %(title)s END,
        goal_agreed_at = greatest(goal_agreed_at, CASE WHEN %(goal)s::bigint IS NOT NULL THEN %(happened_at)s END),
        cap_agreed_at = greatest(cap_agreed_at, CASE WHEN %(cap)s::bigint IS NOT NULL THEN %(happened_at)s END),
        deadline_agreed_at = greatest(
            deadline_agreed_at, CASE WHEN %(deadline)s::timestamptz IS NOT NULL THEN %(happened_at)s END
        ),
        title_agreed_at = greatest(title_agreed_at, CASE WHEN %(title)s::text IS NOT NULL THEN %(happened_at)s END),
        amendments = amendments + 1,
        position = greatest(%(position)s, position)
    WHERE key = %(key)s AND corrected_position IS NULL
    RETURNING key, amendments, goal, cap, deadline, title
)
INSERT INTO terms (
    position, key, amendment, material, goal, cap, deadline, title, said_goal, said_cap, said_deadline, said_title,
    happened_at, day, epoch
)
SELECT %(position)s, key, amendments, %(material)s, goal, cap, deadline, title, %(goal)s, %(cap)s, %(deadline)s, %(title)s,
       %(happened_at)s, %(day)s, %(epoch)s
FROM amended

-- name: correct_terms
UPDATE terms SET corrected_position = %(by)s WHERE position = %(of)s RETURNING key

-- name: restate_terms
-- Each term again as the latest of the amendments that stand agreed it, else as at the opening.
WITH said AS (
    SELECT * FROM terms WHERE key = %(key)s AND corrected_position IS NULL AND position > (
        SELECT opened_position FROM campaigns WHERE key = %(key)s AND corrected_position IS NULL)
), goals AS (
    SELECT said_goal AS goal, happened_at FROM said WHERE said_goal IS NOT NULL
    ORDER BY happened_at DESC, position DESC LIMIT 1
), caps AS (
    SELECT said_cap AS cap, happened_at FROM said WHERE said_cap IS NOT NULL
    ORDER BY happened_at DESC, position DESC LIMIT 1
), deadlines AS (
    SELECT said_deadline AS deadline, happened_at FROM said WHERE said_deadline IS NOT NULL
    ORDER BY happened_at DESC, position DESC LIMIT 1
), titles AS (
    SELECT said_title AS title, happened_at FROM said WHERE said_title IS NOT NULL
    ORDER BY happened_at DESC, position DESC LIMIT 1
), restated AS (
    UPDATE campaigns AS c
    SET goal = coalesce(goals.goal, opening.goal), goal_agreed_at = goals.happened_at,
        cap = coalesce(caps.cap, opening.cap), cap_agreed_at = caps.happened_at,
        deadline = coalesce(deadlines.deadline, opening.deadline), deadline_agreed_at = deadlines.happened_at,
        title = coalesce(titles.title, opening.title), title_agreed_at = titles.happened_at,
        amendments = c.amendments - 1,
        position = %(by)s
    FROM terms AS opening
    LEFT JOIN goals ON true LEFT JOIN caps ON true LEFT JOIN deadlines ON true LEFT JOIN titles ON true
    WHERE c.key = %(key)s AND c.corrected_position IS NULL AND opening.position = c.opened_position
    RETURNING c.key, c.amendments, c.goal, c.cap, c.deadline, c.title, opening.happened_at, opening.day, opening.epoch
)
INSERT INTO terms (position, key, amendment, material, goal, cap, deadline, title, happened_at, day, epoch)
SELECT %(by)s, key, amendments, false, goal, cap, deadline, title, happened_at, day, epoch FROM restated

-- name: correct_milestone
UPDATE milestones SET corrected_position = %(by)s WHERE position = %(of)s RETURNING key

-- name: restate_milestones
-- Open and undelivered, but for what still stands.
UPDATE campaigns AS c
SET status = coalesce(closed.outcome, 'open'),
    closed_position = closed.position,
    closed_at = closed.happened_at,
    closed_day = closed.day,
    delivered = coalesce(delivered.outcome, '0'),
    delivered_position = delivered.position,
    delivered_at = delivered.happened_at,
    position = %(by)s
FROM (SELECT) AS one
LEFT JOIN LATERAL (
    SELECT * FROM milestones
    WHERE key = %(key)s AND step = 'closed' AND corrected_position IS NULL ORDER BY position DESC LIMIT 1
) AS closed ON true
LEFT JOIN LATERAL (
    SELECT * FROM milestones
    WHERE key = %(key)s AND step = 'delivered' AND corrected_position IS NULL
    ORDER BY happened_at DESC, position DESC LIMIT 1
) AS delivered ON true
WHERE c.key = %(key)s AND c.corrected_position IS NULL

-- name: correct_release
UPDATE releases SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_return
UPDATE returns SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_fee
UPDATE fees SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_campaign
WITH opening AS (
    UPDATE terms SET corrected_position = %(by)s WHERE position = %(of)s
)
UPDATE campaigns SET status = 'corrected', corrected_position = %(by)s, position = %(by)s WHERE opened_position = %(of)s

-- name: get
SELECT key, scope, campaign, kind, issuer, title, goal, cap, currency, deadline, funding, jurisdiction, category, industry,
       region, minimum, promised_return, fingerprint, opened_position, opened_at, opened_day, status, closed_position,
       closed_at, amendments, pledged, collected, refunded, released, returned, fees, escrow, pledge_count, delivered,
       position
FROM view_campaigns.campaigns
WHERE key = %(key)s AND corrected_position IS NULL

-- name: listed
-- In order of opening. Openings that were taken back are left out.
SELECT key, scope, campaign, kind, issuer, title, goal, cap, currency, deadline, funding, jurisdiction, category, industry,
       region, minimum, promised_return, fingerprint, opened_position, opened_at, opened_day, status, closed_position,
       closed_at, amendments, pledged, collected, refunded, released, returned, fees, escrow, pledge_count, delivered,
       position
FROM view_campaigns.campaigns
WHERE (%(scope)s::text IS NULL OR scope = %(scope)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(issuers)s::text[] IS NULL OR issuer = ANY (%(issuers)s::text[]))
  AND opened_position > %(after)s AND corrected_position IS NULL
ORDER BY opened_position LIMIT %(limit)s

-- name: terms
SELECT position, amendment, material, goal, cap, deadline, title, happened_at
FROM view_campaigns.terms WHERE key = %(key)s AND corrected_position IS NULL ORDER BY position

-- name: releases
SELECT position, key, payee, amount, currency, happened_at, corrected_position
FROM view_campaigns.releases WHERE key = %(key)s ORDER BY position
