"""A witness of logs: a server with a key and a memory of its own, run by somebody else than the ledger."""
