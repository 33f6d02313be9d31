"""`crowdledger demo`: a whole ledger with a simulated city in it, from nothing to a console, in a minute or two."""
