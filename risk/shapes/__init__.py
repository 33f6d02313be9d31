"""Shapes by name and version. A version is frozen: what finds anything else is the next one, beside it.

Past runs are repeated with the version that they ran with, so one goes only when no run needs it any more.
"""

from __future__ import annotations

from collections.abc import Mapping

from risk.shapes.form import Asked, Grouped, Inconclusive, Shape, Table

__all__ = ["SHAPES", "Asked", "Grouped", "Inconclusive", "Shape", "Table"]

SHAPES: Mapping[str, Shape] = {}
