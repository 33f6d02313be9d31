"""Detection on simulated markets: what the live rules find of each typology over five seeds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ops.bench import market
from ops.due import live
from ops.settings import Settings
from ops.simulator.detection import Detection
from ops.simulator.frauds import PLANTS
from risk import document

SEEDS = range(1, 6)
AT_LEAST = 4  # of five
SCALE = 0.02


@pytest.mark.slow
@pytest.mark.journey
def test_every_typology_with_a_live_rule_is_found_in_four_of_five_markets(postgres_dsn: str, tmp_path: Path) -> None:
    measured = market.measure(postgres_dsn, Settings(data_dir=tmp_path), SEEDS, SCALE, _say)
    found = {row.typology: row for row in measured.rows}
    blind = [row.typology for row in measured.rows if not row.watched]
    _say(f"no live rule: {', '.join(blind) or 'none'}")
    seldom = {
        code: hits
        for code in {row.typology[:3] for row in measured.rows if row.watched}
        if (hits := sum(_finds(each, code) for each in measured.markets)) < AT_LEAST
    }
    assert not seldom, f"found in too few of five markets: {seldom}"
    assert set(measured.live_rules) == {each.rule.id for each in live(document.load_all())}
    assert sum(row.planted for row in found.values()) == len(PLANTS) * len(SEEDS)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _finds(measured: Detection, code: str) -> bool:
    """Whether every fraud of the typology was found in this market."""
    return all(verdict.found for verdict in measured.verdicts if verdict.planted.codes[0] == code)
