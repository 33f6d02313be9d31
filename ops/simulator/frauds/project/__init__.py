"""Frauds whose culprit owns the project: issuers of campaigns (C01 to C14)."""

from __future__ import annotations

from ops.simulator.frauds.project import (
    duplicate_project,
    false_disclosure,
    foreign_surge,
    goal_sniping,
    immediate_withdrawal,
    insider_withdrawal,
    listed_country,
    never_delivered,
    pledge_velocity,
    proceeds_to_related,
    raise_over_cap,
    refund_round_trip,
    scam_profile,
    self_pledge,
    serial_failure,
)

MODULES = (
    self_pledge,
    insider_withdrawal,
    goal_sniping,
    refund_round_trip,
    immediate_withdrawal,
    proceeds_to_related,
    duplicate_project,
    raise_over_cap,
    false_disclosure,
    never_delivered,
    scam_profile,
    serial_failure,
    pledge_velocity,
    foreign_surge,
    listed_country,
)
