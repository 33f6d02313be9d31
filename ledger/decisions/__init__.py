"""May this event be recorded? One pure function per type: same event, same states, same answer."""
