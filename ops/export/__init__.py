"""The ledger as files that others read: events and views as Parquet, and a journal that hledger recomputes."""
