"""`crowdledger fsck`: derives everything again from the events, in one snapshot, and compares."""
