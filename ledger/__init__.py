"""The record: vocabulary, money, decisions, rulebooks, the append, the Merkle log. Imports nothing else of ours."""
