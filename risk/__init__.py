"""The monitor: rules as documents, the evaluator that runs them over views, alerts. Recommends; never moves money."""
