"""Limits and duties as dated, cited data: what the law of a day says about a figure, an interval, a rate."""
