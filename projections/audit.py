"""Folds a view a second time, apart from the live one, and compares: for `fsck`, and for whoever doubts a view."""

from __future__ import annotations

from projections import schemas
from projections.base import View
from projections.compare import Difference, differences
from projections.following import SQL, Follower, connect

CHECK = "__check"


class AuditFailed(Exception):
    """The comparison could not be made; the message says why."""


def audit(dsn: str, view: View) -> list[Difference]:
    """Derive the view again from the first event to where the live one stands; the tables in which they differ.

    The live view is followed and read meanwhile. Raises AuditFailed.
    """
    follower = Follower(view, CHECK)
    with connect(dsn) as live, connect(dsn) as derived:
        if not follower.take(derived):
            raise AuditFailed(f"View {view.NAME!r} is being audited by another process; wait for it.")
        try:
            schemas.discard(derived, follower.name)  # of an audit that was killed
            schemas.create(derived, view, follower.name, "building")
            follower.load(derived)
            found = differences(live, derived, follower)
            if found is None:
                rows = {row[0]: row for row in derived.execute(SQL["status"]).fetchall()}
                error = rows[follower.name][4] or f"its tables are not of version {view.VERSION}; rebuild it"
                raise AuditFailed(f"View {view.NAME!r} can't be compared: {error}")
        finally:
            schemas.discard(derived, follower.name)
    return found
