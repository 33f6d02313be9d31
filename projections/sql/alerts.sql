-- View `alerts`: every alert as it stands, and its history. Which alert a finding opened or joined is not in the event;
-- it follows from the events before it, here as in the decision (ledger/decisions/alerts.py): an open alert of the key
-- takes it in, else the key's next number is opened.

-- name: create
CREATE TABLE alerts (
    id              text        NOT NULL,  -- <rule>:<hash of key>:<number>
    matter          text        NOT NULL,  -- <rule>:<hash of key>: one open alert each
    number          integer     NOT NULL,
    rule            text        NOT NULL,
    version         integer     NOT NULL,  -- of the rule, at the last finding taken over
    severity        text        NOT NULL,
    severity_rank   smallint    NOT NULL,  -- 0 info to 4 critical
    score           integer     NOT NULL,  -- the highest of its findings
    status          text        NOT NULL,  -- open, acknowledged, escalated, close_requested, closed
    platform        text,
    subject         text[]      NOT NULL,  -- keys of the entities concerned
    key             jsonb       NOT NULL,  -- what makes it one matter: {column: value}
    figures         jsonb       NOT NULL,  -- {name: integer}, of the finding with the highest score
    params          jsonb       NOT NULL,  -- the thresholds, likewise
    first_day       date        NOT NULL,  -- of the first window
    last_day        date        NOT NULL,  -- of the last window
    evidence        bigint[]    NOT NULL,  -- positions of events, ascending, of all findings; the newest 2,000
    evidence_count  bigint      NOT NULL,
    reason_zh       text        NOT NULL,
    reason_en       text        NOT NULL,
    shareable       boolean     NOT NULL,
    assignee        text,
    close_by        text,                  -- who asked for its closing, where that waits for a second person
    outcome         text,
    outcome_reason  text,
    muted_until     timestamptz,           -- of the mutes that fit it and were not ended, the longest
    muted_by        text,                  -- that mute
    case_id         text,                  -- the case it was put into last and not taken out of
    first_look_at   timestamptz,           -- known time of the first thing that a person did
    closed_at       timestamptz,           -- known time of the last closing, while it is closed
    findings        integer     NOT NULL,
    found_at        timestamptz NOT NULL,  -- known time of the first finding
    found_position  bigint      NOT NULL,
    updated_at      timestamptz NOT NULL,
    position        bigint      NOT NULL,  -- last event on it
    CONSTRAINT alerts_pkey PRIMARY KEY (id)
) WITH (fillfactor = 75);

CREATE TABLE history (
    position    bigint      NOT NULL,
    alert       text        NOT NULL,
    step        text        NOT NULL,  -- opened, joined, acknowledged, assigned, commented, escalated, close_requested, closed,
                                       -- reopened, case_added, case_removed, case_closed
    at          timestamptz NOT NULL,  -- known time
    by_whom     text,                  -- null: the monitor
    to_whom     text,
    text        text,                  -- of the case_ steps: the case
    outcome     text,
    reason      text,                  -- code
    severity    text,                  -- of a finding, like what follows
    score       integer,
    last_day    date,
    evidence    bigint[],              -- positions of this finding
    muted_by    text,                  -- the mute that held when this finding was recorded: it is never notified
    CONSTRAINT history_pkey PRIMARY KEY (position, alert)
);

CREATE TABLE mutes (
    id              text        NOT NULL,
    rule            text,                  -- the parts that a finding has to fit, null: any
    key             jsonb       NOT NULL,  -- {column: value}
    subject         text,
    platform        text,
    by_whom         text        NOT NULL,
    reason          text        NOT NULL,
    muted_at        timestamptz NOT NULL,  -- known time
    until           timestamptz NOT NULL,
    ended_at        timestamptz,           -- before its time
    ended_by        text,
    end_reason      text,
    position        bigint      NOT NULL,
    CONSTRAINT mutes_pkey PRIMARY KEY (id)
);

-- How many alerts were opened per day, by the severity of the first finding: what a picture of months needs.
CREATE TABLE opened (
    day      integer NOT NULL,  -- valid time: the day that the monitor looked at
    severity text    NOT NULL,
    alerts   bigint  NOT NULL,
    CONSTRAINT opened_pkey PRIMARY KEY (day, severity)
) WITH (fillfactor = 75);

-- name: index
CREATE INDEX alerts_in_order ON alerts (severity_rank DESC, score DESC, id);
CREATE INDEX alerts_by_score ON alerts (score DESC, id);
CREATE INDEX alerts_by_found ON alerts (found_position DESC);
CREATE INDEX alerts_unsettled ON alerts (severity_rank, status, found_at) WHERE status <> 'closed';
CREATE INDEX alerts_by_assignee ON alerts (assignee) WHERE assignee IS NOT NULL;
CREATE INDEX alerts_by_matter ON alerts (matter);
CREATE INDEX alerts_by_rule ON alerts (rule, status);
CREATE INDEX alerts_by_platform ON alerts (platform);
CREATE INDEX alerts_by_subject ON alerts USING gin (subject);
CREATE INDEX alerts_by_case ON alerts (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX alerts_by_mute ON alerts (muted_by) WHERE muted_by IS NOT NULL;
CREATE INDEX history_by_alert ON history (alert, position);
CREATE INDEX history_by_mute ON history (muted_by) WHERE muted_by IS NOT NULL;

-- name: load
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, muted_until, muted_by, case_id, first_look_at, closed_at, findings, found_at, found_position,
       updated_at, position
FROM alerts
WHERE matter = ANY (%(matters)s) OR case_id = ANY (%(cases)s)
ORDER BY matter, number

-- name: forget
DELETE FROM alerts WHERE id = ANY (%(ids)s)

-- name: copy_alerts
COPY alerts (
    id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
    first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
    outcome_reason, muted_until, muted_by, case_id, first_look_at, closed_at, findings, found_at, found_position,
    updated_at, position
) FROM STDIN (FORMAT BINARY)

-- name: copy_history
COPY history (
    position, alert, step, at, by_whom, to_whom, text, outcome, reason, severity, score, last_day, evidence, muted_by
) FROM STDIN (FORMAT BINARY)

-- name: shown
-- The beginning of every page: an order below goes on behind the conditions.
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, muted_until, muted_by, case_id, first_look_at, closed_at, findings, found_at, found_position,
       updated_at, position
FROM view_alerts.alerts

-- name: asked
WHERE (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(rule)s::text IS NULL OR rule = %(rule)s)
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND (%(subject)s::text IS NULL OR subject @> ARRAY[%(subject)s::text])
  AND (%(shareable)s::boolean IS NULL OR shareable = %(shareable)s)
  AND (%(muted)s::boolean IS NULL OR (muted_until IS NOT NULL AND muted_until > %(now)s::timestamptz) = %(muted)s)
  AND (%(case_id)s::text IS NULL OR case_id = %(case_id)s)
  AND (%(assignee)s::text IS NULL OR assignee = %(assignee)s)
  AND (%(assigned)s::boolean IS NULL OR (assignee IS NOT NULL) = %(assigned)s)
  AND (%(found_since)s::timestamptz IS NULL OR found_at >= %(found_since)s)
  AND (%(found_upto)s::bigint IS NULL OR found_position <= %(found_upto)s)
  AND (%(text)s::text IS NULL
       OR strpos(lower(concat_ws(' ', id, array_to_string(subject, ' '), reason_zh, reason_en)), lower(%(text)s)) > 0)

-- name: by_severity
-- In the order of urgency. A cursor is the last row's (severity_rank, score, id); null before the first page.
  AND (%(rank)s::smallint IS NULL
       OR (severity_rank, score) < (%(rank)s, %(score)s)
       OR ((severity_rank, score) = (%(rank)s, %(score)s) AND id COLLATE "C" > %(id)s))
ORDER BY severity_rank DESC, score DESC, id COLLATE "C"
LIMIT %(limit)s

-- name: by_score
  AND (%(score)s::integer IS NULL OR score < %(score)s OR (score = %(score)s AND id COLLATE "C" > %(id)s))
ORDER BY score DESC, id COLLATE "C"
LIMIT %(limit)s

-- name: by_newest
-- A finding opens one alert at most: positions are a total order.
  AND (%(position)s::bigint IS NULL OR found_position < %(position)s)
ORDER BY found_position DESC
LIMIT %(limit)s

-- name: how_many
-- `after`: only those found after a position.
SELECT count(*) FROM view_alerts.alerts

-- name: found_after
  AND found_position > %(after)s

-- name: groups
SELECT rule, platform, severity, count(*) FROM view_alerts.alerts

-- name: by_group
GROUP BY rule, platform, severity
ORDER BY rule COLLATE "C", platform COLLATE "C", severity COLLATE "C"

-- name: unsettled
-- What is not closed, by severity, status and how long it has waited (days, cut off at a month).
SELECT severity, status, CASE WHEN found_at > %(now)s::timestamptz - interval '1 day' THEN 0
                              WHEN found_at > %(now)s::timestamptz - interval '7 days' THEN 1
                              WHEN found_at > %(now)s::timestamptz - interval '30 days' THEN 7
                              ELSE 30 END AS days, count(*)
FROM view_alerts.alerts
WHERE status <> 'closed'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3

-- name: opened
SELECT day, severity, alerts FROM view_alerts.opened WHERE day BETWEEN %(first)s AND %(last)s ORDER BY day, severity

-- name: add_opened
INSERT INTO opened AS o (day, severity, alerts)
SELECT day, severity, alerts FROM json_to_recordset(%(rows)s::json) AS s (day integer, severity text, alerts bigint)
ON CONFLICT (day, severity) DO UPDATE SET alerts = o.alerts + excluded.alerts

-- name: one
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, muted_until, muted_by, case_id, first_look_at, closed_at, findings, found_at, found_position,
       updated_at, position
FROM view_alerts.alerts
WHERE id = %(id)s

-- name: several
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, muted_until, muted_by, case_id, first_look_at, closed_at, findings, found_at, found_position,
       updated_at, position
FROM view_alerts.alerts
WHERE id = ANY (%(ids)s)
ORDER BY severity_rank DESC, score DESC, id COLLATE "C"

-- name: steps
SELECT position, step, at, by_whom, to_whom, text, outcome, reason, severity, score, last_day, evidence, muted_by
FROM view_alerts.history
WHERE alert = %(id)s
ORDER BY position

-- name: counts
SELECT rule, severity, status, count(*)
FROM view_alerts.alerts
GROUP BY rule, severity, status
ORDER BY rule COLLATE "C", severity COLLATE "C", status COLLATE "C"

-- name: mutes_standing
-- Mutes that were not ended before their time; whether their time is over depends on the finding.
SELECT id, rule, key, subject, platform, until FROM mutes WHERE ended_at IS NULL ORDER BY id

-- name: add_mute
INSERT INTO mutes (id, rule, key, subject, platform, by_whom, reason, muted_at, until, position)
VALUES (%(id)s, %(rule)s, %(key)s, %(subject)s, %(platform)s, %(by_whom)s, %(reason)s, %(muted_at)s, %(until)s, %(position)s)

-- name: end_mute
UPDATE mutes SET ended_at = %(ended_at)s, ended_by = %(ended_by)s, end_reason = %(end_reason)s WHERE id = %(id)s

-- name: alerts_to_mute
-- Which of them the mute fits to the letter is asked of ledger/states/mutes.py.
SELECT id, rule, key, subject, platform, found_at, muted_until, muted_by FROM alerts
WHERE (%(rule)s::text IS NULL OR rule = %(rule)s)
  AND (%(subject)s::text IS NULL OR subject @> ARRAY[%(subject)s::text])
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)

-- name: alerts_of_mute
SELECT id, rule, key, subject, platform, found_at, muted_until, muted_by FROM alerts WHERE muted_by = %(id)s

-- name: set_mutes
UPDATE alerts AS a SET muted_until = new.muted_until, muted_by = new.muted_by
FROM json_to_recordset(%(rows)s::json) AS new (id text, muted_until timestamptz, muted_by text)
WHERE a.id = new.id

-- name: list_mutes
SELECT m.id, m.rule, m.key, m.subject, m.platform, m.by_whom, m.reason, m.muted_at, m.until, m.ended_at, m.ended_by,
       m.end_reason, m.position,
       (SELECT count(*) FROM view_alerts.history AS h WHERE h.muted_by = m.id) AS findings
FROM view_alerts.mutes AS m
WHERE (%(id)s::text IS NULL OR m.id = %(id)s)
  AND (%(active)s::boolean IS NULL OR (m.ended_at IS NULL AND m.until > %(now)s::timestamptz) = %(active)s)
  AND (%(before)s::bigint IS NULL OR m.position < %(before)s)
ORDER BY m.position DESC
LIMIT %(limit)s

-- name: statistics
-- Of each rule: how its alerts ended, and how long people took (seconds, medians of those that were looked at or closed).
SELECT rule, count(*), count(*) FILTER (WHERE status <> 'closed'),
       count(*) FILTER (WHERE status = 'closed' AND outcome = 'confirmed'),
       count(*) FILTER (WHERE status = 'closed' AND outcome = 'justified_look'),
       count(*) FILTER (WHERE status = 'closed' AND outcome = 'false_positive'),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_look_at - found_at)::bigint),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - found_at)::bigint)
FROM view_alerts.alerts
WHERE %(rule)s::text IS NULL OR rule = %(rule)s
GROUP BY rule
ORDER BY rule COLLATE "C"

-- name: false_positives
SELECT rule, coalesce(outcome_reason, 'other'), count(*)
FROM view_alerts.alerts
WHERE status = 'closed' AND outcome = 'false_positive' AND (%(rule)s::text IS NULL OR rule = %(rule)s)
GROUP BY rule, outcome_reason
ORDER BY rule COLLATE "C", outcome_reason COLLATE "C"

-- name: weeks
-- How many alerts of a rule each week opened, by the Monday it began with, and how many of these were worth a look.
SELECT date_trunc('week', found_at AT TIME ZONE %(zone)s)::date, count(*),
       count(*) FILTER (WHERE status = 'closed' AND outcome IN ('confirmed', 'justified_look')),
       count(*) FILTER (WHERE status = 'closed' AND outcome = 'false_positive')
FROM view_alerts.alerts
WHERE rule = %(rule)s AND found_at >= %(since)s
GROUP BY 1 ORDER BY 1

-- name: similar
-- Closed alerts of the same rule or about the same subject: those that share both first, then the latest.
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, muted_until, muted_by, case_id, first_look_at, closed_at, findings, found_at, found_position,
       updated_at, position
FROM view_alerts.alerts
WHERE status = 'closed' AND id <> %(id)s AND (rule = %(rule)s OR subject && %(subject)s::text[])
ORDER BY (rule = %(rule)s AND subject && %(subject)s::text[]) DESC, closed_at DESC, id COLLATE "C"
LIMIT %(limit)s

-- name: beside
-- Not closed, about one of the same subjects or the same platform: those that share more than the platform first.
SELECT id FROM view_alerts.alerts
WHERE status <> 'closed' AND id <> %(id)s AND (subject && %(subject)s::text[] OR platform = %(platform)s)
ORDER BY (subject && array_remove(%(subject)s::text[], 'platform:' || %(platform)s)) DESC, severity_rank DESC, score DESC,
         id COLLATE "C"
LIMIT %(limit)s
