-- View `cases`: every case as it stands, and its history.

-- name: create
CREATE TABLE cases (
    id              text        NOT NULL,
    title           text        NOT NULL,
    status          text        NOT NULL,  -- open, close_requested, closed
    platform        text,
    jurisdiction    text        NOT NULL,
    alerts          text[]      NOT NULL,  -- in the order in which they were put in
    assignee        text,
    due             date        NOT NULL,
    close_by        text,                  -- who asked for its closing, where that waits for a second person
    outcome         text,
    outcome_reason  text,                  -- code, of a false positive
    conclusion      text,                  -- what was said at the end
    referrals       jsonb       NOT NULL,  -- [{agency, status, reference, sent_at, updated_at}], in order
    files           jsonb       NOT NULL,  -- [{evidence, name, media_type, size, digest, by, at}], in order
    opened_by       text        NOT NULL,
    opened_at       timestamptz NOT NULL,  -- known time
    opened_position bigint      NOT NULL,
    closed_at       timestamptz,
    updated_at      timestamptz NOT NULL,
    position        bigint      NOT NULL,  -- last event on it
    CONSTRAINT cases_pkey PRIMARY KEY (id)
);

CREATE TABLE history (
    position    bigint      NOT NULL,
    case_id     text        NOT NULL,
    step        text        NOT NULL,  -- the event's type without `case.`
    at          timestamptz NOT NULL,  -- known time
    by_whom     text        NOT NULL,
    details     jsonb       NOT NULL,  -- what else the event says
    CONSTRAINT history_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX cases_by_due ON cases (due, id COLLATE "C");
CREATE INDEX cases_by_status ON cases (status, due, id COLLATE "C");
CREATE INDEX cases_by_end ON cases (closed_at, id COLLATE "C") WHERE status = 'closed';
CREATE INDEX cases_by_alert ON cases USING gin (alerts);
CREATE INDEX history_by_case ON history (case_id, position);

-- name: load
SELECT id, title, status, platform, jurisdiction, alerts, assignee, due, close_by, outcome, outcome_reason, conclusion,
       referrals, files, opened_by, opened_at, opened_position, closed_at, updated_at, position
FROM cases
WHERE id = ANY (%(ids)s)

-- name: forget
DELETE FROM cases WHERE id = ANY (%(ids)s)

-- name: copy_cases
COPY cases (
    id, title, status, platform, jurisdiction, alerts, assignee, due, close_by, outcome, outcome_reason, conclusion,
    referrals, files, opened_by, opened_at, opened_position, closed_at, updated_at, position
) FROM STDIN (FORMAT BINARY)

-- name: copy_history
COPY history (position, case_id, step, at, by_whom, details) FROM STDIN (FORMAT BINARY)

-- name: listed
SELECT id, title, status, platform, jurisdiction, alerts, assignee, due, close_by, outcome, outcome_reason, conclusion,
       referrals, files, opened_by, opened_at, opened_position, closed_at, updated_at, position,
       (SELECT a.severity FROM view_alerts.alerts AS a WHERE a.id = ANY (c.alerts)
        ORDER BY a.severity_rank DESC LIMIT 1) AS severity,
       ARRAY(SELECT DISTINCT a.platform FROM view_alerts.alerts AS a
             WHERE a.id = ANY (c.alerts) AND a.platform IS NOT NULL ORDER BY a.platform) AS platforms
FROM view_cases.cases AS c

-- name: wanted
-- `agency`: with whom it is, or was. `platform`: what the case is about, or one of its alerts.
  AND (%(platform)s::text IS NULL OR platform = %(platform)s
       OR EXISTS (SELECT FROM view_alerts.alerts AS a WHERE a.id = ANY (c.alerts) AND a.platform = %(platform)s))
  AND (%(assignee)s::text IS NULL OR assignee = %(assignee)s)
  AND (%(unassigned)s::boolean IS NULL OR (assignee IS NULL) = %(unassigned)s)
  AND (%(alert)s::text IS NULL OR alerts @> ARRAY[%(alert)s::text])
  AND (%(agency)s::jsonb IS NULL OR referrals @> %(agency)s::jsonb)
  AND (%(overdue)s::boolean IS NULL OR (status <> 'closed' AND due < %(today)s::date) = %(overdue)s)
  AND (%(text)s::text IS NULL OR strpos(lower(concat_ws(' ', id, title)), lower(%(text)s)) > 0)

-- name: page
-- What is due first comes first. A cursor is the last row's (due, id).
-- include: listed
WHERE (%(id)s::text IS NULL OR id = %(id)s)
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[]))
-- include: wanted
  AND (%(after_due)s::date IS NULL OR (due, id COLLATE "C") > (%(after_due)s, %(after_id)s))
ORDER BY due, id COLLATE "C"
LIMIT %(limit)s

-- name: standing
-- Those of one status, by the index that begins with it: thousands of closed ones beside them cost nothing.
-- include: listed
WHERE status = %(status)s
-- include: wanted
ORDER BY due, id COLLATE "C"
LIMIT %(limit)s

-- name: ended
-- Closed ones, what ended last first. A cursor is the last row's (closed_at, id).
-- include: listed
WHERE status = 'closed'
-- include: wanted
  AND (%(before_at)s::timestamptz IS NULL OR (closed_at, id COLLATE "C") < (%(before_at)s, %(before_id)s))
ORDER BY closed_at DESC, id COLLATE "C" DESC
LIMIT %(limit)s

-- name: steps
SELECT position, step, at, by_whom, details FROM view_cases.history WHERE case_id = %(id)s ORDER BY position

-- name: rules
-- The catalogue of all rules that fired in a case.
SELECT rule, count(*), sum(findings)::bigint,
       (array_agg(severity ORDER BY severity_rank DESC))[1], max(score), min(first_day), max(last_day)
FROM view_alerts.alerts
WHERE id = ANY (%(alerts)s)
GROUP BY rule
ORDER BY max(severity_rank) DESC, max(score) DESC, rule COLLATE "C"
