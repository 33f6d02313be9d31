"""The pages of one platform: what it sent, what became of it, how it stands."""
