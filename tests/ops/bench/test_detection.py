"""What the rules find in labelled transfers: how alerts are ordered and judged, a small set end to end, the bars."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ops.bench import detection
from ops.bench.detection import Alert, Mode, table
from ops.bench.labelled import Labels, area, read
from ops.cli import program
from ops.importers.base import ImportProblem
from ops.settings import Settings

FIRST = 19_358  # 2023-01-01
RING = ["r0", "r1", "r2", "r3", "r4"]


def alert(
    account: str, day: int, score: int, *, rule: str = "I06-cycle", events: int = 4, scaled: bool = True
) -> Alert:
    return Alert(rule, account, FIRST + day, day // 28, score, events, scaled)


@pytest.fixture
def labels() -> Labels:
    return Labels(
        typology={"1": "cycle", "2": "fan_in"},
        days={"1": frozenset({FIRST + 10, FIRST + 15}), "2": frozenset({FIRST + 100})},
        patterns={"a": ("1",), "b": ("1", "2")},
        first_day=FIRST, last_day=FIRST + 119, shortcuts={"amount_alone_auc": 0.5},
    )  # fmt: skip


def test_an_alert_is_right_where_the_pattern_moved_within_its_28_days(labels: Labels) -> None:
    at = [alert("a", 9, 1), alert("a", 10, 2), alert("a", 42, 3), alert("a", 43, 4), alert("x", 12, 5)]
    right = [table([each], labels)["overall"]["100"]["precision"] for each in at]
    assert right == [0, 1, 1, 0, 0]


def test_recall_is_of_patterns_and_precision_of_alerts(labels: Labels) -> None:
    found = table([alert("a", 15, 9), alert("b", 15, 8), alert("x", 15, 7), alert("b", 101, 6)], labels)
    assert found["overall"]["100"] == {"alerts": 4, "precision": 0.75, "pattern_recall": 1.0}
    assert found["typologies"]["cycle"]["100"] == {"precision": 0.5, "pattern_recall": 1.0}
    assert found["typologies"]["fan_in"]["100"] == {"precision": 0.25, "pattern_recall": 1.0}
    assert found["rules"]["I06-cycle"]["100"] == {"alerts": 4, "precision": 0.75}


def test_the_last_third_is_judged_at_the_score_that_was_reached_before(labels: Labels) -> None:
    early = [alert(f"x{n}", 5, 900 - n) for n in range(70)]
    late = [alert("b", 101, 840), alert("y", 102, 820), alert("z", 103, 835)]
    found = table(early + late, labels)["last_third"]["100"]
    # 66 of 100 alerts before: down to 900 - 65.
    assert found == {"score_at_least": 835, "alerts": 2, "precision": 0.5, "pattern_recall": 1.0}


@given(st.lists(st.tuples(st.sampled_from("abx"), st.integers(0, 119), st.integers(0, 3)), unique=True), st.integers())
def test_order_is_strict_and_of_no_use_to_the_order_of_arrival(made: list[tuple[str, int, int]], seed: int) -> None:
    alerts = [alert(*each) for each in made]
    mixed = list(alerts)
    Random(seed).shuffle(mixed)
    assert sorted(mixed, key=lambda each: each.order) == sorted(alerts, key=lambda each: each.order)
    assert len({each.order for each in alerts}) == len(alerts)


def test_rules_whose_scores_are_on_no_common_scale_come_last() -> None:
    ordered = sorted([alert("a", 1, 999, scaled=False), alert("b", 1, 1)], key=lambda each: each.order)
    assert [each.account for each in ordered] == ["b", "a"]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_the_area_is_the_share_of_pairs_in_order(low: list[int], high: list[int]) -> None:
    wins = sum((other > one) + (other == one) / 2 for one in low for other in high)
    assert area(low, high) == pytest.approx(wins / (len(low) * len(high)))


# -- a small set end to end


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A ring of five among people who pay each other again and again."""
    links = [(20 + 2 * n, payer, RING[(n + 1) % 5], 1) for n, payer in enumerate(RING)]
    for day in range(60):
        links += [(day, f"n{n}", f"n{n + 1}", 0) for n in range(7)]
    # Seen by night, three newcomers look like a ring; looking back, they dealt again.
    links += [(start + n, f"t{n}", f"t{(n + 1) % 4}", 0) for start in (30, 50) for n in range(4)]
    transfers, labels = [], []
    for number, (day, payer, payee, pattern) in enumerate(sorted(links)):
        ts = f"2023-0{1 + day // 31}-{1 + day % 31 if day < 31 else 1 + (day - 31) % 28:02d}T12:00:00Z"
        ends = {"src": payer, "dst": payee, "amount": "10.00"}
        transfers.append({"tx_id": f"T{number}", "ts": ts, "step": str(day), **ends})
        typology = "cycle" if pattern else ""
        labels.append({"tx_id": f"T{number}", "is_illicit": pattern, "pattern_id": pattern, "typology": typology})
    names = sorted({end for _, payer, payee, _ in links for end in (payer, payee)})
    write(tmp_path, "accounts", [{"account_id": name, "platform_id": "bank", "opening_balance": "1"} for name in names])
    write(tmp_path, "transactions", transfers)
    write(tmp_path, "labels", labels)
    write(tmp_path, "patterns", [{"pattern_id": 1, "typology": "cycle"}])
    write(tmp_path, "pattern_accounts", [{"pattern_id": 1, "account_id": name} for name in RING])
    return tmp_path


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, postgres_dsn: str, tmp_path: Path) -> Callable[..., Any]:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", postgres_dsn)
    monkeypatch.setenv("CROWDLEDGER_DATA_DIR", str(tmp_path / "var"))
    return lambda *args: CliRunner().invoke(program(["bench"]), ["bench", "detection", *map(str, args)])


def test_a_small_set_in_both_modes(bench: Callable[..., Any], small: Path) -> None:
    answer = bench(small, "--json")
    assert answer.exit_code == 0, answer.output
    nightly, back = json.loads(answer.stdout)
    assert (nightly["mode"], back["mode"]) == ("nightly", "retrospective")
    assert nightly["transfers"] == 433
    assert nightly["rules"]["I06-cycle"]["100"] == {"alerts": 9, "precision": 0.5556}, (
        "five of nine: a ring that recurs"
    )
    assert back["rules"]["I06-cycle"]["100"] == {"alerts": 5, "precision": 1.0}
    assert nightly["overall"]["100"]["pattern_recall"] == 1
    assert bench(small, "--mode", "nightly").exit_code == 0


def test_a_folder_that_is_no_set_is_named(bench: Callable[..., Any], small: Path) -> None:
    (small / "labels.csv").unlink()
    with pytest.raises(ImportProblem, match=r"no labels\.csv"):
        read(small)
    answer = bench(small)
    assert answer.exit_code == 1
    assert "labels.csv" in answer.stderr


# -- the bars


@pytest.mark.data
@pytest.mark.slow
def test_the_rules_find_labelled_patterns_by_night(
    shared_data: Callable[[str], Path], postgres_dsn: str, tmp_path: Path
) -> None:
    """The bars are 0.35, 0.35 and 0.5. Other seeds move what is found by some patterns in 140, so each has a margin."""
    folder = shared_data("aml/gentex/stats.json").parent
    settings = Settings(data_dir=tmp_path, database_url=postgres_dsn, secret_key="test")
    (found,) = detection.measure(postgres_dsn, settings, folder, [Mode.NIGHTLY], lambda _: None)
    assert found["overall"]["500"]["precision"] >= 0.8
    assert found["overall"]["500"]["pattern_recall"] >= 0.42
    assert found["typologies"]["cycle"]["1000"]["pattern_recall"] >= 0.65
    assert found["last_third"]["500"]["precision"] >= 0.8
    assert found["last_third"]["500"]["pattern_recall"] >= 0.38
