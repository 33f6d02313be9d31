"""How the demo fails."""


class DemoError(Exception):
    """The demo can't go on; the message says what, why, and what to do."""
