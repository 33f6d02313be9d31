"""Planted frauds, one generator each, written from the sources of docs/RISK.md and not from the rules."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ops.simulator.frauds import (
    borrower_over_cap,
    circular_transfers,
    collusive_pair,
    custody_gap,
    parked_too_long,
    pledge_velocity,
    raise_over_cap,
    refund_round_trip,
    self_pledge,
    shared_channel,
    silent_platform,
    structuring,
    unassigned_money,
)
from ops.simulator.model import Plant, World

PLANTS: dict[str, Callable[[Random, World], Plant]] = {
    "shared_channel": shared_channel.plant,
    "collusive_pair": collusive_pair.plant,
    "self_pledge": self_pledge.plant,
    "pledge_velocity": pledge_velocity.plant,
    "structuring": structuring.plant,
    "borrower_over_cap": borrower_over_cap.plant,
    "raise_over_cap": raise_over_cap.plant,
    "custody_gap": custody_gap.plant,
    "silent_platform": silent_platform.plant,
    "parked_too_long": parked_too_long.plant,
    "refund_round_trip": refund_round_trip.plant,
    "circular_transfers": circular_transfers.plant,
    "unassigned_money": unassigned_money.plant,
}
