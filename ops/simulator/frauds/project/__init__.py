"""Frauds whose culprit owns the project: issuers of campaigns (C01 to C14)."""

from __future__ import annotations

from ops.simulator.frauds.project import pledge_velocity, raise_over_cap, refund_round_trip, self_pledge

MODULES = (self_pledge, refund_round_trip, raise_over_cap, pledge_velocity)
