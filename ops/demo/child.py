"""Runs one crowdledger command that ends when its parent does: `python -m ops.demo.child serve`.

The parent holds the other end of stdin. It closes when the parent ends in whatever way, `kill -9` included.
"""

from __future__ import annotations

import os
import signal
import threading

from ops.cli import main


def follow_parent() -> None:
    """Wait for the end of stdin, then ask this process to stop as Ctrl-C would."""
    # Below Python's buffers: their lock, held by this thread for ever, would fail the end of the process.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=follow_parent, daemon=True).start()
    main()
