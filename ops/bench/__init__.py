"""The benchmark: each figure beside its limit, measured in the same run on the same PostgreSQL, as a ratio."""
