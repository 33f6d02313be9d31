-- View `rates`: exchange rates, one row per report.

-- name: create
CREATE TABLE rates (
    position           bigint NOT NULL,
    base               text   NOT NULL,
    quote              text   NOT NULL,
    rate               text   NOT NULL,  -- decimal: units of `quote` for one of `base`
    day                date   NOT NULL,
    provider           text   NOT NULL,
    corrected_position bigint,
    CONSTRAINT rates_pkey PRIMARY KEY (position)
);

-- name: index
CREATE INDEX rates_by_pair ON rates (base, quote, day DESC, position DESC);

-- name: copy_rates
COPY rates (position, base, quote, rate, day, provider) FROM STDIN (FORMAT BINARY)

-- name: correct
UPDATE rates SET corrected_position = %(by)s WHERE position = %(of)s

-- name: newest
SELECT r.base, r.quote, r.rate, r.day, r.provider, r.position
FROM unnest(%(bases)s::text[], %(quotes)s::text[]) AS p (base, quote)
CROSS JOIN LATERAL (
    SELECT * FROM view_rates.rates AS r
    WHERE r.base = p.base AND r.quote = p.quote AND r.day <= %(day)s AND r.position <= %(known)s
      AND (r.corrected_position IS NULL OR r.corrected_position > %(known)s)
    ORDER BY r.day DESC, r.position DESC LIMIT 1
) AS r
ORDER BY r.base, r.quote
