-- View `filings`: what was disclosed about whom, when it was due, and who complained about what.

-- name: create
CREATE TABLE disclosures (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- disclosure:<scope>/<disclosure>
    scope              text        NOT NULL,
    disclosure         text        NOT NULL,
    about              text        NOT NULL,  -- key of the campaign, loan, platform or party
    about_kind         text        NOT NULL,
    category           text        NOT NULL,
    period             text,
    due                date,
    due_day            integer,               -- days since 1970-01-01
    figures            jsonb,                 -- {name: integer}
    digest             text,
    amends             text,                  -- key of the disclosure that this one replaces
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    recorded_day       integer     NOT NULL,
    corrected_position bigint,
    CONSTRAINT disclosures_pkey PRIMARY KEY (position)
);

CREATE TABLE complaints (
    position           bigint      NOT NULL,
    key                text        NOT NULL,  -- complaint:<scope>/<complaint>
    scope              text        NOT NULL,
    complaint          text        NOT NULL,
    about              text        NOT NULL,  -- key of what it is about
    about_kind         text        NOT NULL,
    category           text        NOT NULL,
    text               text,
    happened_at        timestamptz NOT NULL,
    day                integer     NOT NULL,
    epoch              bigint      NOT NULL,
    corrected_position bigint,
    CONSTRAINT complaints_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX disclosures_by_key ON disclosures (key);
CREATE INDEX disclosures_by_about ON disclosures (about, position);
CREATE INDEX disclosures_by_due ON disclosures (due_day) WHERE due_day IS NOT NULL;
CREATE INDEX complaints_by_about ON complaints (about, position);

-- name: copy_disclosures
COPY disclosures (
    position, key, scope, disclosure, about, about_kind, category, period, due, due_day, figures, digest, amends,
    happened_at, day, epoch, recorded_day
) FROM STDIN (FORMAT BINARY)

-- name: copy_complaints
COPY complaints (position, key, scope, complaint, about, about_kind, category, text, happened_at, day, epoch)
FROM STDIN (FORMAT BINARY)

-- name: correct_disclosure
UPDATE disclosures SET corrected_position = %(by)s WHERE position = %(of)s

-- name: correct_complaint
UPDATE complaints SET corrected_position = %(by)s WHERE position = %(of)s

-- name: disclosures
SELECT position, key, scope, about, about_kind, category, period, due, figures, digest, amends, happened_at
FROM view_filings.disclosures
WHERE about = ANY (%(about)s) AND corrected_position IS NULL ORDER BY position

-- name: complaints
SELECT position, key, scope, about, about_kind, category, text, happened_at
FROM view_filings.complaints
WHERE about = ANY (%(about)s) AND corrected_position IS NULL ORDER BY position

-- name: complaints_page
-- Newest first. `text` is what the platform sent; of an investor's own complaint it lies sealed beside the log.
SELECT position, key, scope, complaint, about, about_kind, category, text, happened_at
FROM view_filings.complaints
WHERE corrected_position IS NULL AND position < %(before)s
  AND (%(platform)s::text IS NULL OR %(platform)s = split_part(split_part(about, ':', 2), '/', 1))
  AND (%(category)s::text IS NULL OR category = %(category)s)
  AND (%(own)s::boolean IS NULL OR (scope = 'registry') = %(own)s)
ORDER BY position DESC LIMIT %(limit)s
