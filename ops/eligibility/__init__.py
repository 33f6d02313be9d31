"""Where eligibility meets the log: the facts of a question from one snapshot, and reservations under a lock.

Nothing is kept for it on the append: the parties of a person, and what they committed, are found by the log's tags.
"""
