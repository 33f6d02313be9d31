"""HTTP for platforms, investors and regulators: keys and sign-in, events in, questions out."""
