"""`crowdledger rules archive`: the inputs of the rules as Parquet."""
