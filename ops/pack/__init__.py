"""`crowdledger audit-pack`: the ledger as one file that an auditor recomputes on a laptop without network."""
