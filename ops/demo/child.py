"""Runs one crowdledger command that ends when its parent does: `python -m ops.demo.child serve`.

The parent holds the other end of stdin. It closes when the parent ends in whatever way, `kill -9` included.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from ops.cli import main


def follow_parent() -> None:
    """Wait for the end of stdin, then ask this process to stop as Ctrl-C would."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=follow_parent, daemon=True).start()
    main()
