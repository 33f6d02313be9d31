-- View `platform_months`: what each platform's events add up to, by month. See platform_months.py for the kinds.

-- name: create
-- One row per platform, month, currency and kind. `currency` is empty where a kind moves no money.
CREATE TABLE sums (
    platform text           NOT NULL,
    month    integer        NOT NULL,  -- year * 12 + month - 1
    currency text           NOT NULL,
    kind     text           NOT NULL,
    events   bigint         NOT NULL,  -- how many, without those that were taken back
    amount   numeric(38, 0) NOT NULL,  -- minor units
    CONSTRAINT sums_pkey PRIMARY KEY (platform, month, currency, kind)
) WITH (fillfactor = 75);

-- The principal that each loan owes, for the moment at which it is told to be in default.
CREATE TABLE owed (
    loan     text           NOT NULL,  -- <platform>/<id>
    currency text           NOT NULL,
    amount   numeric(38, 0) NOT NULL,
    CONSTRAINT owed_pkey PRIMARY KEY (loan)
) WITH (fillfactor = 75);

-- What each report of a default counted with, so that taking it back takes back just that.
CREATE TABLE defaults (
    position bigint         NOT NULL,
    currency text           NOT NULL,
    amount   numeric(38, 0) NOT NULL,
    CONSTRAINT defaults_pkey PRIMARY KEY (position)
);

-- Some of the investors behind a sum, never more than a few: whether a figure is over so many that it may be published.
-- An investor of whom all events were taken back is gone; one who came when the few were full is not there. So they are
-- never more than there are.
CREATE TABLE investors (
    platform text    NOT NULL,
    month    integer NOT NULL,
    currency text    NOT NULL,
    kind     text    NOT NULL,
    investor text    NOT NULL,
    events   bigint  NOT NULL,
    CONSTRAINT investors_pkey PRIMARY KEY (platform, month, currency, kind, investor)
) WITH (fillfactor = 75);

-- name: index
CREATE INDEX sums_by_month ON sums (month, platform);
CREATE INDEX investors_by_month ON investors (month);

-- name: add
-- `sums`: a JSON array of objects.
INSERT INTO sums AS s (platform, month, currency, kind, events, amount)
SELECT platform, month, currency, kind, events, amount
FROM json_to_recordset(%(sums)s::json) AS a (
    platform text, month integer, currency text, kind text, events bigint, amount numeric
)
ON CONFLICT (platform, month, currency, kind) DO UPDATE
SET events = s.events + excluded.events, amount = s.amount + excluded.amount

-- name: owe
INSERT INTO owed AS o (loan, currency, amount)
SELECT loan, currency, amount
FROM json_to_recordset(%(owed)s::json) AS a (loan text, currency text, amount numeric)
ON CONFLICT (loan) DO UPDATE SET currency = excluded.currency, amount = o.amount + excluded.amount

-- name: owed
SELECT loan, currency, amount FROM owed WHERE loan = ANY (%(loans)s)

-- name: copy_defaults
COPY defaults (position, currency, amount) FROM STDIN (FORMAT BINARY)

-- name: default
SELECT currency, amount FROM defaults WHERE position = %(position)s

-- name: known
SELECT i.platform, i.month, i.currency, i.kind, i.investor, i.events
FROM json_to_recordset(%(cells)s::json) AS c (platform text, month integer, currency text, kind text)
JOIN investors AS i USING (platform, month, currency, kind)

-- name: know
INSERT INTO investors (platform, month, currency, kind, investor, events)
SELECT platform, month, currency, kind, investor, events
FROM json_to_recordset(%(rows)s::json) AS a (
    platform text, month integer, currency text, kind text, investor text, events bigint
)
ON CONFLICT (platform, month, currency, kind, investor) DO UPDATE SET events = excluded.events

-- name: forget
DELETE FROM investors WHERE events <= 0 AND platform = ANY (%(platforms)s)

-- name: months
-- Of one platform (null: of all, added up per platform), from `first` to `last`; what it owed before comes as month `first` - 1.
SELECT month, currency, kind, events, amount
FROM view_platform_months.sums
WHERE platform = %(platform)s AND month BETWEEN %(first)s AND %(last)s AND (events <> 0 OR amount <> 0)
UNION ALL
SELECT %(first)s::integer - 1, currency, kind, 0, sum(amount)
FROM view_platform_months.sums
WHERE platform = %(platform)s AND month < %(first)s AND kind = 'principal'
GROUP BY currency, kind HAVING sum(amount) <> 0
ORDER BY 1, 2, 3

-- name: market
-- Over all platforms: on how many a figure rests, and on how many investors at least, all on one platform.
WITH known AS (
    SELECT month, currency, kind, max(investors) AS investors
    FROM (
        SELECT platform, month, currency, kind, count(*) AS investors
        FROM view_platform_months.investors
        WHERE month BETWEEN %(first)s AND %(last)s
        GROUP BY platform, month, currency, kind
    ) AS each
    GROUP BY month, currency, kind
)
SELECT s.month, s.currency, s.kind, sum(s.events), sum(s.amount), count(*), k.investors
FROM view_platform_months.sums AS s
LEFT JOIN known AS k USING (month, currency, kind)
WHERE s.month BETWEEN %(first)s AND %(last)s AND (s.events <> 0 OR s.amount <> 0)
GROUP BY s.month, s.currency, s.kind, k.investors
ORDER BY s.month, s.currency, s.kind

-- name: owing
-- Principal outstanding at the end of a month, by currency, and how many platforms' loans it is.
SELECT currency, sum(amount), count(*)
FROM (
    SELECT platform, currency, sum(amount) AS amount
    FROM view_platform_months.sums
    WHERE kind = 'principal' AND month <= %(last)s
    GROUP BY platform, currency HAVING sum(amount) <> 0
) AS each
GROUP BY currency ORDER BY currency
