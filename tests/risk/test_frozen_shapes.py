"""What a version of a shape finds, it finds for ever: past runs are repeated with it. Others: test_graph_shapes."""

from __future__ import annotations

from hashlib import sha256

import pytest

from risk import fixtures
from risk.shapes import SHAPES, Asked, Table
from tests.risk.conftest import RULES
from tests.risk.test_graph_shapes import FROZEN as GRAPHS

# Shape -> a rule that uses it, and the hash of what it gives on the rows of the rule's fixture `fires`.
FROZEN = {
    "closed_group@1": ("P17-closed-group", "2ff0b4d06613454b"),
    "cluster@1": ("I01-sybil-cluster", "21d7d274fded9a8f"),
    "pulse@1": ("P09-ponzi-pulse", "bd98e3b329c78e24"),
}


def test_every_version_is_frozen() -> None:
    assert GRAPHS.keys() | FROZEN.keys() == SHAPES.keys()


@pytest.mark.parametrize("name", FROZEN)
def test_a_version_of_a_shape_finds_the_same_for_ever(name: str) -> None:
    """Where this fails, the shape was changed: make it the next version, beside it."""
    rule_id, frozen = FROZEN[name]
    rule, played = RULES[rule_id].rule, fixtures.load(fixtures.path_of(rule_id))
    assert rule.shape == name
    rows = fixtures._rows(rule, played.defaults, played.fires.rows)
    rows.sort(key=lambda row: (row["day"], row["position"] or 0))
    shape, days = SHAPES[name], sorted({row["day"] for row in rows})
    table = Table(shape.needs, [tuple(row.get(need) for need in shape.needs) for row in rows])
    groups = list(shape.find(table, Asked(days, rule.window.width_days, rule.params)))
    assert groups
    text = repr([(each.day, each.keys, each.measures, each.positions, each.epoch, each.members) for each in groups])
    assert sha256(text.encode()).hexdigest()[:16] == frozen
