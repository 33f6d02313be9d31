"""Views over the log: each can be thrown away and built again from the events. Imports only the ledger."""
