"""A case for others: as a suspicious-transaction report in goAML XML, and as a page that can be printed."""
