"""`crowdledger rulebooks`: the law as the packs have it, by the day; worked examples held against it."""
