"""What an entity was as of two times: pure folds over the events that had happened by then and were known by then."""
