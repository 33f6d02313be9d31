"""What every room of the ledger stands on: canonical bytes, refusals, clock, money arithmetic, named SQL."""
