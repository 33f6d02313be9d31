"""Where notifications may go: what the operator says of hosts, mail relay and links."""

from __future__ import annotations

from typing import NamedTuple


class Doors(NamedTuple):
    """Where messages may go: `hosts` (`name` or `name:port`) by the operator's leave, else public addresses by https.

    `smtp_url` is `smtps://`, `smtp+starttls://` or, for a relay on the same machine, `smtp://user:password@host:port`.
    """

    hosts: frozenset[str] = frozenset()
    smtp_url: str | None = None
    smtp_from: str = "crowdledger@localhost"
    base_url: str | None = None
