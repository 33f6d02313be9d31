"""Notifications: findings told by webhook or mail, gathered from the log, sent at least once, muted ones never."""
