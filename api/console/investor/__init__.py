"""The pages of one investor, over all platforms."""
