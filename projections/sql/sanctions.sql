-- View `sanctions`: what was imposed on whom, from when to when, and when that was known.

-- name: create
CREATE TABLE sanctions (
    sanction         text        NOT NULL,
    subject          text        NOT NULL,  -- key of the platform or party
    platform         text        NOT NULL,  -- id of the platform that it is, or that the party is of
    kind             text        NOT NULL,  -- of ledger/casework/lists.toml
    first_day        integer     NOT NULL,  -- days since 1970-01-01
    last_day         integer,               -- null: until it is lifted
    limit_minor      bigint,                -- of a payment_restriction: the most that one payment may be
    amount_minor     bigint,                -- of a fine
    currency         text,
    case_id          text,
    citation         text,
    text             text,
    by_whom          text        NOT NULL,
    imposed_at       timestamptz NOT NULL,  -- valid time of the event
    imposed_position bigint      NOT NULL,
    lifted_at        timestamptz,
    lifted_day       integer,               -- the first day on which it doesn't hold
    lifted_by        text,
    lift_reason      text,
    lifted_position  bigint,
    CONSTRAINT sanctions_pkey PRIMARY KEY (sanction)
);

-- name: index
CREATE INDEX sanctions_by_subject ON sanctions (subject);
CREATE INDEX sanctions_by_platform ON sanctions (platform, imposed_position);

-- name: impose
INSERT INTO sanctions (sanction, subject, platform, kind, first_day, last_day, limit_minor, amount_minor, currency, case_id,
                       citation, text, by_whom, imposed_at, imposed_position)
VALUES (%(sanction)s, %(subject)s, %(platform)s, %(kind)s, %(first_day)s, %(last_day)s, %(limit)s, %(amount)s,
        %(currency)s, %(case)s, %(citation)s, %(text)s, %(by)s, %(at)s, %(position)s)

-- name: lift
UPDATE sanctions SET lifted_at = %(at)s, lifted_day = %(day)s, lifted_by = %(by)s, lift_reason = %(reason)s,
                     lifted_position = %(position)s
WHERE sanction = %(sanction)s

-- name: page
-- The latest first. `day`: those that hold on it.
SELECT sanction, subject, platform, kind, first_day, last_day, limit_minor, amount_minor, currency, case_id, citation, text,
       by_whom, imposed_at, imposed_position, lifted_at, lifted_by, lift_reason, lifted_position
FROM view_sanctions.sanctions
WHERE (%(id)s::text IS NULL OR sanction = %(id)s)
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(case)s::text IS NULL OR case_id = %(case)s)
  AND (%(day)s::integer IS NULL
       OR (first_day <= %(day)s AND (last_day IS NULL OR last_day >= %(day)s) AND (lifted_day IS NULL OR lifted_day > %(day)s)))
  AND (%(before)s::bigint IS NULL OR imposed_position < %(before)s)
ORDER BY imposed_position DESC
LIMIT %(limit)s
