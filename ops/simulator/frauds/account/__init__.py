"""Frauds of investors, borrowers and payment accounts (I01 to I16)."""

from __future__ import annotations

from ops.simulator.frauds.account import (
    circular_transfers,
    collusive_pair,
    concentration,
    cycles,
    dormant_burst,
    early_repayment,
    fan_in,
    fan_out,
    layered_stack,
    loan_stacking,
    made_up_numbers,
    pass_through,
    scatter_gather,
    shared_channel,
    structuring,
    third_party_repayment,
    wash_trade,
)

MODULES = (
    shared_channel,
    collusive_pair,
    structuring,
    fan_in,
    fan_out,
    circular_transfers,
    cycles,
    scatter_gather,
    layered_stack,
    pass_through,
    loan_stacking,
    third_party_repayment,
    early_repayment,
    concentration,
    wash_trade,
    made_up_numbers,
    dormant_burst,
)
