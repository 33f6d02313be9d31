-- Notifications: subscriptions and deliveries are configuration and work in hand, not facts.

-- name: lock
-- One process gathers at a time; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(7205761)

-- name: cursor
SELECT position FROM notification_cursor

-- name: set_cursor
INSERT INTO notification_cursor (position) VALUES (%(position)s) ON CONFLICT (one) DO UPDATE SET position = %(position)s

-- name: findings
-- Findings behind a position that no mute kept quiet when they were recorded.
SELECT h.position, h.alert, a.rule, h.severity, a.platform, h.step, h.at, h.score, a.reason_zh, a.reason_en
FROM view_alerts.history AS h
JOIN view_alerts.alerts AS a ON a.id = h.alert
WHERE h.position > %(after)s AND h.position <= %(upto)s AND h.step IN ('opened', 'joined') AND h.muted_by IS NULL
ORDER BY h.position
LIMIT %(limit)s

-- name: findings_at
SELECT h.position, h.alert, a.rule, h.severity, a.platform, h.step, h.at, h.score, a.reason_zh, a.reason_en
FROM view_alerts.history AS h
JOIN view_alerts.alerts AS a ON a.id = h.alert
WHERE h.position = ANY (%(positions)s) AND h.step IN ('opened', 'joined')
ORDER BY h.position

-- name: confirmed
SELECT id, rule, platform, closed_at FROM view_alerts.alerts
WHERE status = 'closed' AND outcome = 'confirmed' AND rule = ANY (%(rules)s) AND closed_at > %(since)s

-- name: subscriptions
SELECT id, name, channel, target, min_severity, rule, platform, language, group_seconds, from_position
FROM subscriptions WHERE ended_at IS NULL ORDER BY id

-- name: gather
-- Into the message that gathers, or a new one.
INSERT INTO deliveries (id, subscription, status, findings, next_try_at, created_at)
VALUES (%(id)s, %(subscription)s, 'gathering', %(findings)s, %(due)s, %(now)s)
ON CONFLICT (subscription) WHERE status = 'gathering' DO UPDATE SET findings = deliveries.findings || excluded.findings

-- name: full
SELECT d.id, d.findings, s.id, s.name, s.channel, s.target, s.min_severity, s.rule, s.platform, s.language,
       s.group_seconds, s.from_position
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
WHERE d.status = 'gathering' AND d.next_try_at <= %(now)s
ORDER BY d.id
FOR UPDATE OF d

-- name: fix
UPDATE deliveries SET status = 'ready', body = %(body)s WHERE id = %(id)s AND status = 'gathering'

-- name: drop
DELETE FROM deliveries WHERE id = %(id)s AND status = 'gathering'

-- name: claim
-- Taken for so long: who is killed while sending leaves it to the next one, with the same id and body.
UPDATE deliveries AS d SET attempts = d.attempts + 1, next_try_at = %(lease)s
FROM subscriptions AS s
WHERE s.id = d.subscription AND d.id = (
    SELECT id FROM deliveries WHERE status = 'ready' AND next_try_at <= %(now)s
    ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING d.id, d.body, d.attempts, s.id, s.name, s.channel, s.target, s.min_severity, s.rule, s.platform, s.language,
          s.group_seconds, s.from_position

-- name: sent
UPDATE deliveries SET status = 'sent', ended_at = %(now)s, last_error = NULL WHERE id = %(id)s AND status = 'ready'

-- name: failed
UPDATE deliveries SET status = %(status)s, next_try_at = %(next)s, last_error = %(error)s,
                      ended_at = CASE WHEN %(status)s = 'dead' THEN %(now)s::timestamptz END
WHERE id = %(id)s AND status = 'ready' AND attempts = %(attempts)s

-- name: retry
UPDATE deliveries SET status = 'ready', attempts = 0, next_try_at = %(now)s, ended_at = NULL
WHERE id = %(id)s AND status = 'dead' RETURNING id

-- name: dead
SELECT d.id, s.id, s.name, s.channel, s.target, cardinality(d.findings), d.attempts, d.last_error, d.created_at, d.ended_at
FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
WHERE d.status = 'dead' AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.id) > (%(at)s, %(id)s::uuid))
ORDER BY d.created_at, d.id
LIMIT %(limit)s

-- name: subscribe
INSERT INTO subscriptions (id, name, channel, target, min_severity, rule, platform, language, group_seconds, from_position,
                           created_by, created_at)
VALUES (%(id)s, %(name)s, %(channel)s, %(target)s, %(min_severity)s, %(rule)s, %(platform)s, %(language)s,
        %(group_seconds)s, (SELECT coalesce(max(position), 0) FROM events), %(created_by)s, %(now)s)

-- name: list
SELECT s.id, s.name, s.channel, s.target, s.min_severity, s.rule, s.platform, s.language, s.group_seconds, s.created_by,
       s.created_at, s.ended_at,
       (SELECT count(*) FROM deliveries AS d WHERE d.subscription = s.id AND d.status = 'sent'),
       (SELECT count(*) FROM deliveries AS d WHERE d.subscription = s.id AND d.status IN ('gathering', 'ready')),
       (SELECT count(*) FROM deliveries AS d WHERE d.subscription = s.id AND d.status = 'dead')
FROM subscriptions AS s
WHERE %(after)s::uuid IS NULL OR s.id > %(after)s::uuid
ORDER BY s.id
LIMIT %(limit)s

-- name: unsubscribe
UPDATE subscriptions SET ended_at = %(now)s WHERE id = %(id)s AND ended_at IS NULL RETURNING id

-- name: forget
-- Of who is not told any more nothing is sent; what was sent is kept for a while, then it goes.
DELETE FROM deliveries AS d USING subscriptions AS s
WHERE s.id = d.subscription AND ((s.ended_at IS NOT NULL AND d.status IN ('gathering', 'ready'))
                                 OR (d.status = 'sent' AND d.ended_at < %(before)s))
