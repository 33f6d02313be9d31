"""Shapes by name and version. A version is frozen: what finds anything else is the next one, beside it.

Past runs are repeated with the version that they ran with, so one goes only when no run needs it any more.
"""

from __future__ import annotations

from collections.abc import Mapping

from risk.shapes.bipartite import BIPARTITE
from risk.shapes.closed_group import CLOSED_GROUP
from risk.shapes.cluster import CLUSTER
from risk.shapes.cycle import CYCLE
from risk.shapes.fan import FAN_IN, FAN_OUT
from risk.shapes.form import Asked, Grouped, Inconclusive, Shape, Table
from risk.shapes.pulse import PULSE
from risk.shapes.relay import RELAY
from risk.shapes.scatter_gather import SCATTER_GATHER

__all__ = ["SHAPES", "Asked", "Grouped", "Inconclusive", "Shape", "Table"]

SHAPES: Mapping[str, Shape] = {
    "bipartite@1": BIPARTITE,
    "closed_group@1": CLOSED_GROUP,
    "cluster@1": CLUSTER,
    "cycle@1": CYCLE,
    "fan_in@1": FAN_IN,
    "fan_out@1": FAN_OUT,
    "pulse@1": PULSE,
    "relay@1": RELAY,
    "scatter_gather@1": SCATTER_GATHER,
}
