"""What of a refused body is shown to whom: names are for whoever sent them, and for nobody else."""

from __future__ import annotations

import base64
from typing import NamedTuple

from api.access import Principal
from ledger.people.masking import masked
from ledger.store.reading import Refusal


class Body(NamedTuple):
    """A body as text, or in base64 where it is none; both None: nothing of it may be shown, or nobody has it."""

    text: str | None
    base64: str | None
    withheld: bool


def shown_body(principal: Principal, refusal: Refusal) -> Body:
    """The body of a refused item for this reader.

    Whoever may read all may not read names: for those there is POST /v1/vault/lookups, which is recorded.
    """
    withheld = refusal.body is None or (refusal.sealed and principal.source != refusal.source)
    body = masked(refusal.body) if refusal.body is not None and withheld else refusal.body
    if body is None:
        return Body(None, None, withheld)
    try:
        return Body(body.decode(), None, withheld)
    except UnicodeDecodeError:
        return Body(None, base64.b64encode(body).decode(), withheld)
