"""Foreign files read into events: one pure reader per format, thin edges that send and count."""
