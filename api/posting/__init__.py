"""Events in: `POST /v1/events` in its three forms, lean enough to be measured against a bare endpoint."""
