"""Frauds of investors, borrowers and payment accounts (I01 to I16)."""

from __future__ import annotations

from ops.simulator.frauds.account import circular_transfers, collusive_pair, shared_channel, structuring

MODULES = (shared_channel, collusive_pair, structuring, circular_transfers)
