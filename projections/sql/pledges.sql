-- View `pledges`: one row per pledge as it stands, and one row per step of its life.
--
-- `pledges` says how things stand at the view's position; the positions of the steps that stand are beside it, so that
-- "collected as of N" is `collected_position <= N`. A step that was taken back by event.corrected leaves the row of the
-- pledge and stays in `steps` with its `corrected_position`: that table answers exactly for every past position.

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
    status               text        NOT NULL,  -- pledged, collected, cancelled, refunded (all of it), corrected
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
    corrected_position   bigint,                -- the pledge itself was taken back
    CONSTRAINT pledges_pkey PRIMARY KEY (key)
) WITH (fillfactor = 75);

CREATE TABLE steps (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- pledge
    step               text        NOT NULL,  -- collected, cancelled, reconfirmed, refunded
    amount             bigint      NOT NULL,  -- what moved: the pledge's, the refund's; 0 where nothing did
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT steps_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX pledges_by_campaign ON pledges (campaign, made_position);
CREATE INDEX pledges_by_investor ON pledges (investor, made_position);
CREATE INDEX pledges_by_day ON pledges (day, made_position);
CREATE INDEX steps_by_pledge ON steps (key, position);
CREATE INDEX steps_by_day ON steps (day, position);
