"""How quickly the console's pages answer on a large book: `crowdledger bench console`."""
