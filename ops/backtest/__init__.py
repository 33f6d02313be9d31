"""`crowdledger rules backtest`: a rule over a period, as a table and a picture."""
