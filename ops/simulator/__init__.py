"""A seeded municipal market: what six platforms, a payment firm and the register would report in ninety days."""
