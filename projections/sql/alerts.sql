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
    step        text        NOT NULL,  -- opened, joined, acknowledged, assigned, commented, escalated, close_requested, closed, reopened
    at          timestamptz NOT NULL,  -- known time
    by_whom     text,                  -- null: the monitor
    to_whom     text,
    text        text,
    outcome     text,
    reason      text,                  -- code
    severity    text,                  -- of a finding, like what follows
    score       integer,
    last_day    date,
    evidence    bigint[],              -- positions of this finding
    CONSTRAINT history_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX alerts_in_order ON alerts (severity_rank DESC, score DESC, id);
CREATE INDEX alerts_by_matter ON alerts (matter);
CREATE INDEX alerts_by_rule ON alerts (rule, status);
CREATE INDEX alerts_by_platform ON alerts (platform);
CREATE INDEX alerts_by_subject ON alerts USING gin (subject);
CREATE INDEX history_by_alert ON history (alert, position);

-- name: load
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, findings, found_at, found_position, updated_at, position
FROM alerts
WHERE matter = ANY (%(matters)s)
ORDER BY matter, number

-- name: forget
DELETE FROM alerts WHERE id = ANY (%(ids)s)

-- name: copy_alerts
COPY alerts (
    id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
    first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
    outcome_reason, findings, found_at, found_position, updated_at, position
) FROM STDIN (FORMAT BINARY)

-- name: copy_history
COPY history (position, alert, step, at, by_whom, to_whom, text, outcome, reason, severity, score, last_day, evidence)
FROM STDIN (FORMAT BINARY)

-- name: page
-- In the order of urgency. A cursor is the last row's (severity_rank, score, id); null before the first page.
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, findings, found_at, found_position, updated_at, position
FROM view_alerts.alerts
WHERE (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(rule)s::text IS NULL OR rule = %(rule)s)
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND (%(subject)s::text IS NULL OR subject @> ARRAY[%(subject)s::text])
  AND (%(shareable)s::boolean IS NULL OR shareable = %(shareable)s)
  AND (%(text)s::text IS NULL
       OR strpos(lower(concat_ws(' ', id, array_to_string(subject, ' '), reason_zh, reason_en)), lower(%(text)s)) > 0)
  AND (%(rank)s::smallint IS NULL
       OR (severity_rank, score) < (%(rank)s, %(score)s)
       OR ((severity_rank, score) = (%(rank)s, %(score)s) AND id COLLATE "C" > %(id)s))
ORDER BY severity_rank DESC, score DESC, id COLLATE "C"
LIMIT %(limit)s

-- name: count
-- How many alerts of a filter there are; `after`: only those found after a position.
SELECT count(*)
FROM view_alerts.alerts
WHERE (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
  AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(rule)s::text IS NULL OR rule = %(rule)s)
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND (%(subject)s::text IS NULL OR subject @> ARRAY[%(subject)s::text])
  AND (%(shareable)s::boolean IS NULL OR shareable = %(shareable)s)
  AND (%(text)s::text IS NULL
       OR strpos(lower(concat_ws(' ', id, array_to_string(subject, ' '), reason_zh, reason_en)), lower(%(text)s)) > 0)
  AND found_position > %(after)s

-- name: one
SELECT id, matter, number, rule, version, severity, severity_rank, score, status, platform, subject, key, figures, params,
       first_day, last_day, evidence, evidence_count, reason_zh, reason_en, shareable, assignee, close_by, outcome,
       outcome_reason, findings, found_at, found_position, updated_at, position
FROM view_alerts.alerts
WHERE id = %(id)s

-- name: steps
SELECT position, step, at, by_whom, to_whom, text, outcome, reason, severity, score, last_day, evidence
FROM view_alerts.history
WHERE alert = %(id)s
ORDER BY position

-- name: counts
SELECT rule, severity, status, count(*)
FROM view_alerts.alerts
GROUP BY rule, severity, status
ORDER BY rule COLLATE "C", severity COLLATE "C", status COLLATE "C"
