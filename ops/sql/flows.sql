-- What is known of the nodes of a flow.

-- name: nodes
SELECT key, kind, NULL::text AS title, NULL::text AS status
FROM view_investors.parties WHERE key = ANY (%(keys)s) AND corrected_position IS NULL
UNION ALL
SELECT key, kind, title, status
FROM view_campaigns.campaigns WHERE key = ANY (%(keys)s) AND corrected_position IS NULL
UNION ALL
SELECT key, 'lending', NULL, status
FROM view_loans.loans WHERE key = ANY (%(keys)s) AND corrected_position IS NULL
