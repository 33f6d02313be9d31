"""How our long-running processes treat Python's own machinery."""

from __future__ import annotations

import atexit
import gc

# Events, candidates and states are many, short-lived and without cycles. The collector's defaults (700, 10, 10) walk
# them for a fifth of the time of an append and find nothing; walked this seldom they cost about 1 %.
_THRESHOLDS = (50_000, 20, 50)


def settle() -> None:
    """Call once at the start of a process that appends, after its modules are loaded."""
    gc.collect()
    gc.freeze()
    # At the end all is let go of: libraries in other languages take what is still held for a leak, and say so.
    atexit.register(gc.unfreeze)
    gc.set_threshold(*_THRESHOLDS)
