-- What the platform index is made from, by SQL over views, as of position `cutoff`. Every block gives rows of one form:
-- platform, month (YYYY-MM), name of the figure, its value (an integer), the newest positions that it was counted from.
-- A fact belongs to the month of its own day. What is recorded or corrected behind the cutoff is not there.

-- name: investors
-- Money put in (pledges as made, bids as placed) in the currency that most investors of the platform and month used.
-- Investors by size of what each put in, against the currency's first bound, ten and a hundred times that; the share of
-- the ten largest; of those who never before put in anything. No share of new money in a platform's first month: all is.
WITH put AS (
    SELECT p.scope, p.investor, p.amount, p.currency, p.day, p.made_position AS position, c.issuer AS taker
    FROM view_pledges.pledges AS p
    JOIN view_campaigns.campaigns AS c
      ON c.key = p.campaign AND c.opened_position < p.made_position
     AND (c.corrected_position IS NULL OR c.corrected_position > p.made_position)
    WHERE p.made_position <= %(cutoff)s AND (p.corrected_position IS NULL OR p.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT b.scope, b.investor, b.amount, l.currency, b.day, b.placed_position, l.borrower
    FROM view_loans.bids AS b
    JOIN view_loans.loans AS l
      ON l.key = b.loan AND l.listed_position < b.placed_position
     AND (l.corrected_position IS NULL OR l.corrected_position > b.placed_position)
    WHERE b.placed_position <= %(cutoff)s AND (b.corrected_position IS NULL OR b.corrected_position > %(cutoff)s)
), dated AS (
    SELECT *, extract(year FROM date '1970-01-01' + day)::integer * 12
              + extract(month FROM date '1970-01-01' + day)::integer - 1 AS month
    FROM put
), began AS (
    SELECT scope, investor, min(month) AS month, min(min(month)) OVER (PARTITION BY scope) AS platform_month
    FROM dated GROUP BY scope, investor
), sums AS (
    SELECT d.scope, d.month, d.currency, d.investor, b.month AS since, b.platform_month,
           sum(d.amount) AS amount, max(d.position) AS position
    FROM dated AS d JOIN began AS b USING (scope, investor)
    GROUP BY d.scope, d.month, d.currency, d.investor, b.month, b.platform_month
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY scope, month, currency ORDER BY amount DESC, investor COLLATE "C") AS place
    FROM sums
), totals AS (
    SELECT p.scope, p.month, p.currency, p.platform_month, count(*) AS investors,
           count(*) FILTER (WHERE p.since = p.month) AS newcomers,
           count(*) FILTER (WHERE p.amount < b.bound) AS least,
           count(*) FILTER (WHERE p.amount >= b.bound AND p.amount < b.bound * 10) AS small,
           count(*) FILTER (WHERE p.amount >= b.bound * 10 AND p.amount < b.bound * 100) AS middle,
           count(*) FILTER (WHERE p.amount >= b.bound * 100) AS large,
           max(b.bound) AS bound, sum(p.amount) AS amount,
           sum(p.amount) FILTER (WHERE p.place <= 10) AS top_ten,
           coalesce(sum(p.amount) FILTER (WHERE p.since = p.month), 0) AS new_money,
           (array_agg(p.position ORDER BY p.position DESC))[1:%(evidence)s] AS positions,
           (array_agg(p.position ORDER BY p.place) FILTER (WHERE p.place <= 10))[1:%(evidence)s] AS top_positions,
           (array_agg(p.position ORDER BY p.position DESC) FILTER (WHERE p.since = p.month))[1:%(evidence)s] AS new_positions
    FROM placed AS p
    LEFT JOIN unnest(%(currencies)s::text[], %(bounds)s::bigint[]) AS b (currency, bound) ON b.currency = p.currency
    GROUP BY p.scope, p.month, p.currency, p.platform_month
), takers AS (
    SELECT scope, month, count(DISTINCT taker) AS takers,
           (array_agg(position ORDER BY position DESC))[1:%(evidence)s] AS positions
    FROM dated GROUP BY scope, month
), chosen AS (
    SELECT DISTINCT ON (scope, month) * FROM totals ORDER BY scope, month, investors DESC, currency COLLATE "C"
)
SELECT c.scope, to_char(make_date(c.month / 12, c.month %% 12 + 1, 1), 'YYYY-MM'), f.name, f.value::bigint,
       coalesce(f.positions, '{}')
FROM chosen AS c
JOIN takers AS t USING (scope, month)
CROSS JOIN LATERAL (VALUES
    ('investors', c.investors::numeric, c.positions),
    ('newcomers', c.newcomers::numeric, c.new_positions),
    ('borrowers', t.takers::numeric, t.positions),
    ('investors_0to1w', CASE WHEN c.bound IS NOT NULL THEN c.least::numeric END, c.positions),
    ('investors_1to10w', CASE WHEN c.bound IS NOT NULL THEN c.small::numeric END, c.positions),
    ('investors_10to100w', CASE WHEN c.bound IS NOT NULL THEN c.middle::numeric END, c.positions),
    ('investors_100w_up', CASE WHEN c.bound IS NOT NULL THEN c.large::numeric END, c.positions),
    ('top_ten_investors_bp', div(c.top_ten * 10000, c.amount), c.top_positions),
    ('new_money_bp', CASE WHEN c.month > c.platform_month THEN div(c.new_money * 10000, c.amount) END,
     coalesce(c.new_positions, c.positions))
) AS f (name, value, positions)
WHERE f.value IS NOT NULL
ORDER BY 1, 2, 3

-- name: rates
-- The rate of the loans listed, weighted by amount, in basis points, by term: as the published months group terms.
SELECT scope, to_char(date '1970-01-01' + listed_day, 'YYYY-MM') AS month, 'rate_bp_' || term AS name,
       div(sum(listed_annual_rate_ppm::numeric * amount), sum(amount) * 100)::bigint,
       (array_agg(listed_position ORDER BY listed_position DESC))[1:%(evidence)s]
FROM (
    SELECT *, CASE WHEN listed_term_months <= 1 THEN '0to1m' WHEN listed_term_months = 2 THEN '1to2m'
                   WHEN listed_term_months = 3 THEN '2to3m' WHEN listed_term_months <= 6 THEN '3to6m'
                   ELSE '6m_up' END AS term
    FROM view_loans.loans
    WHERE listed_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
) AS listed
GROUP BY scope, month, term
ORDER BY 1, 2, 3

-- name: fill_times
-- From listing to disbursement, mean seconds of the loans disbursed in the month.
SELECT l.scope, to_char(date '1970-01-01' + s.day, 'YYYY-MM') AS month, 'fill_seconds',
       div(sum(greatest(s.epoch - l.listed_epoch, 0)), count(*))::bigint,
       (array_agg(s.position ORDER BY s.position DESC))[1:%(evidence)s]
FROM view_loans.steps AS s
JOIN view_loans.loans AS l
  ON l.key = s.key AND l.listed_position < s.position
 AND (l.corrected_position IS NULL OR l.corrected_position > s.position)
WHERE s.step = 'disbursed' AND s.position <= %(cutoff)s
  AND (s.corrected_position IS NULL OR s.corrected_position > %(cutoff)s)
GROUP BY l.scope, month
ORDER BY 1, 2

-- name: withdrawals
-- Who waited in the month: each withdrawal that was open at some time of it, and for how long by its end (an end in a
-- later month is not known in this one; then until the month's last moment, UTC). The 95th of 100, and the share of those
-- that ended in the month which were rejected. Days are the events' own, as everywhere.
WITH asked AS (
    SELECT w.scope, w.epoch, w.day, w.requested_position AS position,
           e.step, e.epoch AS ended, e.day AS ended_day, e.position AS end_position
    FROM view_transfers.withdrawals AS w
    LEFT JOIN LATERAL (
        SELECT step, epoch, day, position FROM view_transfers.ends AS e
        WHERE e.key = w.key AND e.position > w.requested_position AND e.position <= %(cutoff)s
          AND (e.corrected_position IS NULL OR e.corrected_position > %(cutoff)s)
        ORDER BY e.position LIMIT 1
    ) AS e ON true
    WHERE w.requested_position <= %(cutoff)s AND (w.corrected_position IS NULL OR w.corrected_position > %(cutoff)s)
), last AS (
    SELECT max(greatest(day, coalesce(ended_day, day))) AS day, max(greatest(epoch, coalesce(ended, epoch))) AS epoch
    FROM asked
), waiting AS (
    SELECT a.scope, to_char(m.start, 'YYYY-MM') AS month, a.step, a.position, a.end_position, e.has_ended,
           CASE WHEN e.has_ended THEN a.ended
                ELSE least(last.epoch, extract(epoch FROM m.start + interval '1 month')::bigint) END - a.epoch AS waited
    FROM asked AS a
    CROSS JOIN last
    CROSS JOIN LATERAL generate_series(
        date_trunc('month', timestamp '1970-01-01' + a.day * interval '1 day'),
        timestamp '1970-01-01' + greatest(coalesce(a.ended_day, last.day), a.day) * interval '1 day',
        interval '1 month'
    ) AS m (start)
    CROSS JOIN LATERAL (
        SELECT a.ended_day IS NOT NULL AND timestamp '1970-01-01' + greatest(a.ended_day, a.day) * interval '1 day'
               < m.start + interval '1 month' AS has_ended
    ) AS e
), counted AS (
    SELECT scope, month, percentile_disc(0.95) WITHIN GROUP (ORDER BY greatest(waited, 0)) AS p95,
           count(*) FILTER (WHERE has_ended) AS ended,
           count(*) FILTER (WHERE has_ended AND step = 'rejected') AS rejected,
           (array_agg(position ORDER BY waited DESC, position))[1:%(evidence)s] AS slowest,
           (array_agg(end_position ORDER BY (step = 'rejected') DESC, end_position DESC)
            FILTER (WHERE has_ended))[1:%(evidence)s] AS ends
    FROM waiting GROUP BY scope, month
)
SELECT scope, month, f.name, f.value::bigint, f.positions
FROM counted AS c
CROSS JOIN LATERAL (VALUES
    ('withdrawal_p95_seconds', c.p95, c.slowest),
    ('withdrawals_rejected_bp', CASE WHEN c.ended > 0 THEN c.rejected * 10000 / c.ended END, c.ends)
) AS f (name, value, positions)
WHERE f.value IS NOT NULL
ORDER BY 1, 2, 3

-- name: complaints
-- Of the platform, its campaigns, loans and parties; the key of what a complaint is about begins kind:platform.
SELECT substring(about FROM '^[a-z]+:([^/]+)') AS platform, to_char(date '1970-01-01' + day, 'YYYY-MM') AS month,
       'complaints', count(*), (array_agg(position ORDER BY position DESC))[1:%(evidence)s]
FROM view_filings.complaints
WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
GROUP BY platform, month
ORDER BY 1, 2

-- name: findings
-- Alerts of high and critical severity by the last day of their window; not those that a person closed as false.
WITH steps AS (
    SELECT alert, position, step, severity, last_day, outcome FROM view_alerts.history WHERE position <= %(cutoff)s
), false_ones AS (
    SELECT alert FROM (
        SELECT DISTINCT ON (alert) alert, step, outcome FROM steps
        WHERE step IN ('closed', 'reopened') ORDER BY alert, position DESC
    ) AS ended WHERE step = 'closed' AND outcome = 'false_positive'
)
SELECT a.platform, to_char(s.last_day, 'YYYY-MM') AS month, 'severe_findings', count(DISTINCT s.alert),
       (array_agg(s.position ORDER BY s.position DESC))[1:%(evidence)s]
FROM steps AS s
JOIN view_alerts.alerts AS a ON a.id = s.alert
WHERE s.severity IN ('high', 'critical') AND a.platform IS NOT NULL
  AND s.alert NOT IN (SELECT alert FROM false_ones)
GROUP BY a.platform, month
ORDER BY 1, 2

-- name: promises
-- Guarantees declared, and campaigns opened with a promised return.
SELECT scope, to_char(date '1970-01-01' + day, 'YYYY-MM') AS month, name, count(*),
       (array_agg(position ORDER BY position DESC))[1:%(evidence)s]
FROM (
    SELECT scope, day, position, 'guarantees' AS name FROM view_loans.guarantees
    WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT scope, opened_day, opened_position, 'promised_returns' FROM view_campaigns.campaigns
    WHERE promised_return IS NOT NULL AND promised_return !~ '^[-+]?0*(\.0*)?$' AND opened_position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
) AS promised
GROUP BY scope, month, name
ORDER BY 1, 2, 3

-- name: reports
-- The last word on each month: platform, month, metrics, position, day on which it was said. Of a month that had not
-- begun on that day, or that lies before all platforms, nothing can be reported: one slip must not stretch the market.
SELECT DISTINCT ON (platform, month) platform, month, metrics, position, day
FROM view_platforms.months
WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
  AND month COLLATE "C" BETWEEN '1990-01' AND to_char(date '1970-01-01' + day, 'YYYY-MM')
ORDER BY platform, month, position DESC

-- name: standings
-- What the registry said of platforms: platform, month, step, position; in the order in which it took effect.
SELECT platform, to_char(date '1970-01-01' + day, 'YYYY-MM'), step, position
FROM view_platforms.standings
WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
ORDER BY happened_at, position

-- name: custodians
SELECT DISTINCT platform FROM view_platforms.custody WHERE position <= %(cutoff)s ORDER BY platform

-- name: texts
-- Words of events: titles and their changes, notes of amendments, purposes, reasons of restructuring, what disclosures
-- carry beside their figures. Notes and disclosures are read from the events themselves.
SELECT scope, to_char(date '1970-01-01' + day, 'YYYY-MM'), position, text
FROM (
    SELECT substring(key FROM '^[a-z]+:([^/]+)') AS scope, day, position, coalesce(said_title, title) AS text
    FROM view_campaigns.terms
    WHERE (amendment = 0 OR said_title IS NOT NULL) AND position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT substring(t.key FROM '^[a-z]+:([^/]+)'), t.day, t.position,
           convert_from(e.body, 'UTF8')::jsonb #>> '{data,note}'
    FROM view_campaigns.terms AS t
    JOIN events AS e ON e.position = t.position
    WHERE t.amendment > 0 AND e.type = 'campaign.amended' AND t.position <= %(cutoff)s
      AND (t.corrected_position IS NULL OR t.corrected_position > %(cutoff)s)
    UNION ALL
    SELECT scope, listed_day, listed_position, purpose
    FROM view_loans.loans
    WHERE listed_position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT substring(key FROM '^[a-z]+:([^/]+)'), day, position, reason
    FROM view_loans.steps
    WHERE step = 'restructured' AND position <= %(cutoff)s
      AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
    UNION ALL
    SELECT d.scope, d.day, d.position, x.text
    FROM view_filings.disclosures AS d
    JOIN events AS e ON e.position = d.position
    CROSS JOIN LATERAL (
        SELECT concat_ws(' | ', d.category, string_agg(v.value, ' | ' ORDER BY v.key)) AS text
        FROM jsonb_each_text(coalesce(convert_from(e.body, 'UTF8')::jsonb #> '{data,extra}', '{}')) AS v (key, value)
    ) AS x
    WHERE d.position <= %(cutoff)s AND (d.corrected_position IS NULL OR d.corrected_position > %(cutoff)s)
) AS said
WHERE text <> ''
ORDER BY 1, 2, 3

-- name: breaches
-- Facts of the month that broke a limit of the law of their day.
SELECT platform, to_char(date '1970-01-01' + day, 'YYYY-MM') AS month, 'limit_breaches', count(DISTINCT position),
       (array_agg(DISTINCT position ORDER BY position DESC))[1:%(evidence)s]
FROM view_breaches.breaches
WHERE position <= %(cutoff)s AND (corrected_position IS NULL OR corrected_position > %(cutoff)s)
GROUP BY platform, month
ORDER BY 1, 2

-- name: sanctions
-- Of the platform itself: from which to which month they hold (null: no end known), position.
SELECT platform, to_char(date '1970-01-01' + first_day, 'YYYY-MM'),
       to_char(date '1970-01-01' + least(last_day, CASE WHEN lifted_position <= %(cutoff)s THEN lifted_day - 1 END), 'YYYY-MM'),
       imposed_position
FROM view_sanctions.sanctions
WHERE subject = 'platform:' || platform AND imposed_position <= %(cutoff)s
ORDER BY imposed_position
