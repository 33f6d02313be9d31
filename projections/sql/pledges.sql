-- View `pledges`: one row per pledge as it stands, and one row per step of its life.
--
-- `pledges` says how things stand at the view's position; the positions of the steps that stand are beside it, so that
-- "collected as of N" is `collected_position <= N`. A step that was taken back by event.corrected leaves the row of the
-- pledge and stays in `steps` with its `corrected_position`: that table answers exactly for every past position.
-- A pledge that was taken back itself keeps its row; the same id may then be pledged anew, so only live keys are unique.
--
-- What ends many promises at once (a failed close, a lapse) is one row of `ends`. `status` and `ended_position` follow
-- from the pledge's own steps and the ends of its campaign, by the rule of ledger/states/promises.py.

-- name: create
CREATE TABLE pledges (
    key                  text        NOT NULL,  -- pledge:<scope>/<pledge>
    scope                text        NOT NULL,
    pledge               text        NOT NULL,
    campaign             text        NOT NULL,  -- key
    investor             text        NOT NULL,  -- key of the party
    amount               bigint      NOT NULL,
    currency             text        NOT NULL,
    ip                   text,
    device               text,
    payment              text,
    made_position        bigint      NOT NULL,
    happened_at          timestamptz NOT NULL,  -- when it was made
    day                  integer     NOT NULL,
    epoch                bigint      NOT NULL,  -- Unix seconds
    status               text        NOT NULL,  -- pledged, collected, cancelled, refunded (all of it), void, lapsed, corrected
    collected_position   bigint,
    collected_day        integer,
    collected_epoch      bigint,
    cancelled_position   bigint,
    cancelled_day        integer,
    cancelled_epoch      bigint,
    reconfirmed_position bigint,                -- the last
    refunded             bigint      NOT NULL,  -- never more than `amount`
    refunded_position    bigint,                -- the last
    refunded_day         integer,
    ended_position       bigint,                -- first end that its campaign set to it, whatever else became of it
    failures             integer     NOT NULL DEFAULT 0,  -- collections that failed
    failed_at            timestamptz,           -- the last by valid time, and when it is tried again
    retry_at             timestamptz,
    failure              text,                  -- its reason
    corrected_position   bigint,                -- the pledge itself was taken back
    CONSTRAINT pledges_pkey PRIMARY KEY (made_position)
) WITH (fillfactor = 75);
CREATE UNIQUE INDEX pledges_live ON pledges (key) WHERE corrected_position IS NULL;
-- Here and not under `index`: the end of a campaign looks its pledges up, during a rebuild, too.
CREATE INDEX pledges_by_campaign ON pledges (campaign, made_position);

CREATE TABLE steps (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- pledge
    step               text        NOT NULL,  -- collected, collection_failed, cancelled, reconfirmed, refunded
    amount             bigint      NOT NULL,  -- what moved: the pledge's, the refund's; 0 where nothing did
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    reason             text,                  -- of a collection that failed
    retry_at           timestamptz,
    corrected_position bigint,
    CONSTRAINT steps_pkey PRIMARY KEY (position)
);
-- Here and not under `index`: a correction looks the steps of its pledge up, during a rebuild, too.
CREATE INDEX steps_by_pledge ON steps (key, position);

-- What ended the promises of a campaign together.
CREATE TABLE ends (
    position           bigint      NOT NULL,
    campaign           text        NOT NULL,  -- key
    kind               text        NOT NULL,  -- void: closed as failed or cancelled; lapsed: a change was not reconfirmed
    at                 timestamptz NOT NULL,  -- valid time, since when
    amended_at         timestamptz,           -- of a lapse: the material change, and the end of its window
    reconfirm_by       timestamptz,
    corrected_position bigint,
    CONSTRAINT ends_pkey PRIMARY KEY (position)
);
CREATE INDEX ends_by_campaign ON ends (campaign, at);

-- name: index
CREATE INDEX pledges_by_investor ON pledges (investor, made_position);
CREATE INDEX pledges_by_day ON pledges (day, made_position);
CREATE INDEX steps_by_day ON steps (day, position);

-- name: copy_pledges
COPY pledges (
    key, scope, pledge, campaign, investor, amount, currency, ip, device, payment, made_position, happened_at, day, epoch,
    status, collected_position, collected_day, collected_epoch, cancelled_position, cancelled_day, cancelled_epoch,
    reconfirmed_position, refunded, refunded_position, refunded_day
) FROM STDIN (FORMAT BINARY)

-- name: copy_steps
COPY steps (position, key, step, amount, happened_at, day, epoch) FROM STDIN (FORMAT BINARY)

-- name: copy_ends
COPY ends (position, campaign, kind, at, amended_at, reconfirm_by) FROM STDIN (FORMAT BINARY)

-- name: ended
SELECT DISTINCT campaign FROM ends WHERE campaign = ANY (%(campaigns)s) AND corrected_position IS NULL

-- name: settled
-- What ended a pledge first: its campaign, or an amendment that was not confirmed in time.
UPDATE pledges AS p
SET ended_position = s.ended_position,
    status = CASE WHEN p.status IN ('pledged', 'void', 'lapsed') THEN coalesce(s.kind, 'pledged') ELSE p.status END
FROM (
    SELECT q.ctid AS place, e.position AS ended_position, e.kind
    FROM pledges AS q
    LEFT JOIN LATERAL (
        SELECT e.position, e.kind FROM ends AS e
        WHERE e.campaign = q.campaign AND e.corrected_position IS NULL
          AND (e.kind = 'void' OR q.happened_at < e.amended_at AND NOT EXISTS (
              SELECT FROM steps AS r
              WHERE r.key = q.key AND r.position > q.made_position AND r.step = 'reconfirmed'
                AND r.corrected_position IS NULL AND r.happened_at BETWEEN e.amended_at AND e.reconfirm_by))
        ORDER BY e.at, e.kind LIMIT 1
    ) AS e ON true

-- name: settle_campaigns
-- All pledges of campaigns whose ends changed.
-- include: settled
    WHERE q.campaign = ANY (%(campaigns)s) AND q.corrected_position IS NULL
) AS s
WHERE p.ctid = s.place
  AND (p.ended_position IS DISTINCT FROM s.ended_position
       OR p.status IN ('pledged', 'void', 'lapsed') AND p.status <> coalesce(s.kind, 'pledged'))

-- name: settle_pledges
-- As `settle_campaigns`, for pledges by key.
-- include: settled
    WHERE q.key = ANY (%(keys)s) AND q.corrected_position IS NULL
) AS s
WHERE p.ctid = s.place

-- name: detail_failures
UPDATE steps AS s SET reason = f.reason, retry_at = f.retry_at
FROM json_to_recordset(%(failures)s::json) AS f (position bigint, reason text, retry_at timestamptz)
WHERE s.position = f.position

-- name: restate_failures
-- How often collection failed, and the last time of it, from the steps that stand.
UPDATE pledges AS p
SET failures = s.failures, failed_at = s.failed_at, retry_at = s.retry_at, failure = s.reason
FROM (
    SELECT q.ctid AS place, counted.failures, last.happened_at AS failed_at, last.retry_at, last.reason
    FROM pledges AS q
    CROSS JOIN LATERAL (
        SELECT count(*) AS failures FROM steps AS f
        WHERE f.key = q.key AND f.position > q.made_position AND f.step = 'collection_failed'
          AND f.corrected_position IS NULL
    ) AS counted
    LEFT JOIN LATERAL (
        SELECT f.happened_at, f.retry_at, f.reason FROM steps AS f
        WHERE f.key = q.key AND f.position > q.made_position AND f.step = 'collection_failed'
          AND f.corrected_position IS NULL
        ORDER BY f.happened_at DESC, f.position DESC LIMIT 1
    ) AS last ON true
    WHERE q.key = ANY (%(keys)s) AND q.corrected_position IS NULL
) AS s
WHERE p.ctid = s.place

-- name: advance
-- `changes`: what a batch does to pledges made before it, a JSON array of objects; what is absent stays as it was.
-- A row is looked up by its key in a subquery, and joined by its place: without statistics the planner takes IS NULL for
-- rare and would rather scan all pledges than probe the index for each change.
UPDATE pledges AS p
SET status = CASE
        WHEN s.refunded IS NULL THEN coalesce(s.status, p.status)
        WHEN p.refunded + s.refunded = p.amount THEN 'refunded'
        ELSE 'collected'
    END,
    collected_position = coalesce(s.collected_position, p.collected_position),
    collected_day = coalesce(s.collected_day, p.collected_day),
    collected_epoch = coalesce(s.collected_epoch, p.collected_epoch),
    cancelled_position = coalesce(s.cancelled_position, p.cancelled_position),
    cancelled_day = coalesce(s.cancelled_day, p.cancelled_day),
    cancelled_epoch = coalesce(s.cancelled_epoch, p.cancelled_epoch),
    reconfirmed_position = coalesce(s.reconfirmed_position, p.reconfirmed_position),
    refunded = p.refunded + coalesce(s.refunded, 0),
    refunded_position = coalesce(s.refunded_position, p.refunded_position),
    refunded_day = coalesce(s.refunded_day, p.refunded_day)
FROM (
    SELECT *, (SELECT ctid FROM pledges WHERE key = change.key AND corrected_position IS NULL) AS place
    FROM json_to_recordset(%(changes)s::json) AS change (
        key text, status text, collected_position bigint, collected_day integer, collected_epoch bigint,
        cancelled_position bigint, cancelled_day integer, cancelled_epoch bigint, reconfirmed_position bigint,
        refunded bigint, refunded_position bigint, refunded_day integer
    )
) AS s
WHERE p.ctid = s.place

-- name: correct_step
UPDATE steps SET corrected_position = %(by)s WHERE position = %(of)s RETURNING key

-- name: restate
-- The pledge again from those of its steps that stand.
UPDATE pledges AS p
SET status = CASE
        WHEN s.refunded = p.amount THEN 'refunded'
        WHEN s.collected_position IS NOT NULL THEN 'collected'
        WHEN s.cancelled_position IS NOT NULL THEN 'cancelled'
        ELSE 'pledged'
    END,
    collected_position = s.collected_position,
    collected_day = s.collected_day,
    collected_epoch = s.collected_epoch,
    cancelled_position = s.cancelled_position,
    cancelled_day = s.cancelled_day,
    cancelled_epoch = s.cancelled_epoch,
    reconfirmed_position = s.reconfirmed_position,
    refunded = s.refunded,
    refunded_position = s.refunded_position,
    refunded_day = s.refunded_day
FROM (
    SELECT
        -- Of collections and cancellations only one can stand at a time, so that max() just picks it.
        max(position) FILTER (WHERE step = 'collected') AS collected_position,
        max(day) FILTER (WHERE step = 'collected') AS collected_day,
        max(epoch) FILTER (WHERE step = 'collected') AS collected_epoch,
        max(position) FILTER (WHERE step = 'cancelled') AS cancelled_position,
        max(day) FILTER (WHERE step = 'cancelled') AS cancelled_day,
        max(epoch) FILTER (WHERE step = 'cancelled') AS cancelled_epoch,
        max(position) FILTER (WHERE step = 'reconfirmed') AS reconfirmed_position,
        coalesce(sum(amount) FILTER (WHERE step = 'refunded'), 0) AS refunded,
        max(position) FILTER (WHERE step = 'refunded') AS refunded_position,
        (array_agg(day ORDER BY position DESC) FILTER (WHERE step = 'refunded'))[1] AS refunded_day
    FROM steps
    WHERE key = %(key)s AND corrected_position IS NULL
) AS s
WHERE p.key = %(key)s AND p.corrected_position IS NULL

-- name: correct_end
UPDATE ends SET corrected_position = %(by)s WHERE position = %(of)s RETURNING campaign

-- name: correct_pledge
UPDATE pledges SET status = 'corrected', corrected_position = %(by)s WHERE made_position = %(of)s

-- name: get
SELECT key, scope, pledge, campaign, investor, amount, currency, made_position, happened_at, day, status,
       collected_position, cancelled_position, reconfirmed_position, refunded, refunded_position,
       CASE WHEN ended_position IS NOT NULL AND collected_position IS NOT NULL THEN amount - refunded ELSE 0 END
           AS refund_due,
       ended_position, failures, failed_at, retry_at, failure
FROM view_pledges.pledges
WHERE key = %(key)s AND corrected_position IS NULL

-- name: listed
-- In order of recording. Pledges that were taken back are left out.
SELECT key, scope, pledge, campaign, investor, amount, currency, made_position, happened_at, day, status,
       collected_position, cancelled_position, reconfirmed_position, refunded, refunded_position,
       CASE WHEN ended_position IS NOT NULL AND collected_position IS NOT NULL THEN amount - refunded ELSE 0 END
           AS refund_due,
       ended_position, failures, failed_at, retry_at, failure
FROM view_pledges.pledges
WHERE (%(campaign)s::text IS NULL OR campaign = %(campaign)s)
  AND (%(investors)s::text[] IS NULL OR investor = ANY (%(investors)s::text[]))
  AND made_position > %(after)s AND corrected_position IS NULL
ORDER BY made_position LIMIT %(limit)s

-- name: steps
SELECT position, step, amount, happened_at, corrected_position
FROM view_pledges.steps WHERE key = %(key)s ORDER BY position
