"""`crowdledger vault`: the commands about people's data."""
