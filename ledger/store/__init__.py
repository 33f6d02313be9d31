"""The append and the reads of the log: the only rooms of the ledger that know PostgreSQL."""
