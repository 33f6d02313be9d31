"""The flow of money as a value, and what keeps its drawing inside the Content-Security-Policy."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from api.console.assets import FOLDER
from api.console.flow import WIDTHS, flow_of, levels_of, width_of
from api.console.speech import Speech
from api.money_flow import FlowNode, LeftOut, MoneyFlow
from projections.flows import Edge

SAY = Speech("en", ZoneInfo("Asia/Shanghai"))


def edge(source: str, target: str, amount: int, means: str = "collected", currency: str = "CNY") -> Edge:
    return Edge(source, target, means, currency, amount, 1, 19_000, 19_001, [7])


def node(key: str, hop: int = 1, label: str | None = None) -> FlowNode:
    return FlowNode(key, hop, None, label, None)


def test_money_runs_from_payers_to_receivers() -> None:
    nodes = [node("campaign:p/C", 0), node("party:p/U"), node("party:p/I"), node("party:p/B", 2)]
    edges = [
        edge("party:p/U", "campaign:p/C", 100),
        edge("campaign:p/C", "party:p/U", 40, "refunded"),
        edge("campaign:p/C", "party:p/I", 60, "released"),
        edge("party:p/I", "party:p/B", 10, "transferred"),
    ]
    levels = levels_of(nodes, edges)
    assert levels == {"campaign:p/C": 0, "party:p/U": -1, "party:p/I": 1, "party:p/B": 2}


nodes = st.sampled_from([f"party:p/{name}" for name in "ABCDEF"])


@given(st.lists(st.builds(edge, nodes, nodes, st.integers(1, 10**15)), max_size=20))
def test_any_graph_is_drawn_whole_and_the_same_each_time(edges: list[Edge]) -> None:
    known = [node(f"party:p/{name}", 0 if name == "A" else 1) for name in "ABCDEF"]
    found = MoneyFlow(known, edges, [], [])
    flow = flow_of(found, "t", {}, SAY)
    assert flow == flow_of(found, "t", {}, SAY)
    drawn = json.loads(flow.drawn)
    assert len(drawn["nodes"]) == len(known)
    assert len(flow.lines) == len(edges)
    pairs = {(each.source, each.target) for each in edges}
    assert len(drawn["edges"]) == len(pairs), "one line for each pair and currency"
    assert all(1 <= each["width"] <= WIDTHS for each in drawn["edges"])


@given(st.integers(1, 2**80), st.integers(1, 2**80))
def test_a_larger_sum_is_never_thinner(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert width_of(small, large) <= width_of(large, large) == WIDTHS


def test_no_name_is_markup_and_nothing_left_out_is_lost() -> None:
    hostile = "</script><b>" * 9
    found = MoneyFlow(
        [node("campaign:p/C", 0, hostile), node("fees:p")],
        [edge("campaign:p/C", "fees:p", 5, "fee")],
        [LeftOut("campaign:p/C", "in", "CNY", 12_345, 3, 2)],
        ["campaign:p/C"],
    )
    flow = flow_of(found, "t", {"p": "Platform"}, SAY)
    assert [each.amount for each in flow.left_out] == ["CN¥123.45"]
    assert flow.not_followed[0].label == hostile
    assert flow.nodes[1].href == "/console/platforms/p"
    assert len(json.loads(flow.drawn)["nodes"][0]["label"]) <= 24


def test_the_drawing_needs_no_style_of_its_own() -> None:
    """Cytoscape adds one constant style sheet unless its id is there: flow.js puts it, flow.css has the rule."""
    script = (FOLDER / "flow.js").read_text()
    assert '"__________cytoscape_stylesheet"' in script
    assert ".__________cytoscape_container {\n  position: relative;\n}" in (FOLDER / "flow.css").read_text()
    vendor = FOLDER / "vendor/cytoscape.js"
    if vendor.is_file():  # installed by ops/assets.py
        text = vendor.read_text()
        assert '"__________cytoscape_stylesheet"' in text
        assert '" { position: relative; }"' in text
        assert text.count('createElement("style")') == 1
