"""The pages of the supervising office: its regulators act, its auditors read."""
