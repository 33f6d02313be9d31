"""The same rule on other engines than the ledger's own PostgreSQL: equal findings, equal hashes."""
