"""The early warning figure: the bar on real months, and that nothing from behind the month can help to reach it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.bench import early_warning as bench
from ops.bench.early_choice import CANDIDATES, chosen_by_halves
from ops.bench.early_warning import BAR, JUDGED, Ends
from ops.cli import program
from risk.index.combined import WEIGHTS, indexed
from tests.ops.importers.test_wdzj import month

Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def real(shared_data: Find) -> Ends:
    return bench.load([shared_data("real/wdzj_platforms/monthly.csv")])


@pytest.mark.data
def test_the_index_reaches_the_bar_in_each_of_the_last_three_months(real: Ends) -> None:
    found = bench.history(real)
    areas = {each.lag: each for each in bench.measured(real, found, resamples=100) if each.name == "index"}
    assert [(each.platforms, each.bad) for each in areas.values()] == [(282, 44)] * 3
    assert set(areas) == set(JUDGED)
    for each in areas.values():
        assert each.area >= BAR, each
        assert each.low < each.area < each.high
    without = bench.known_ends(real, found)
    assert [(each.platforms, each.bad) for each in without] == [(252, 44)] * 3
    assert min(each.area for each in without) >= BAR


@pytest.mark.data
def test_a_months_index_is_the_same_where_later_months_were_never_reported(real: Ends) -> None:
    """Cut off behind any month, the market gives the same index of that month: no later fact takes part."""
    for last in ("2017-08", "2018-01", "2018-06"):
        cut = {each: platforms for each, platforms in real.market.items() if each <= last}
        assert indexed(cut, last) == indexed(real.market, last)


@pytest.mark.data
def test_how_platforms_ended_is_no_figure(shared_data: Find, tmp_path: Path) -> None:
    """With every status turned round, and without the lists that say how platforms ended, the index is the same."""
    path = shared_data("real/wdzj_platforms/monthly.csv")
    turned = tmp_path / "monthly.csv"
    text = path.read_text(encoding="utf-8-sig")
    turned.write_text(text.replace(",normal,", ",跑路,").replace(",提现困难,", ",normal,"), encoding="utf-8")
    one, other = bench.load([path.parent]), bench.load([turned])
    assert one.bad != other.bad
    for last in ("2018-03", "2018-07"):
        assert indexed(one.market, last) == indexed(other.market, last)


@pytest.mark.data
def test_labels_that_are_dealt_out_by_chance_are_not_told_apart(real: Ends) -> None:
    """The measurement itself finds nothing where nothing is."""
    names = sorted(real.months)
    shuffled = real._replace(bad=frozenset(names[offset % len(names)] for offset in range(0, 44 * 37, 37)))
    found = bench.history(real)
    area = next(each for each in bench.measured(shuffled, found, (0,), resamples=0) if each.name == "index")
    assert area.bad == 44
    assert 0.4 < area.area < 0.6


@pytest.mark.data
@pytest.mark.slow
def test_weights_chosen_on_other_platforms_do_nearly_as_well(real: Ends) -> None:
    choice = chosen_by_halves(real, bench.history(real), splits=20)
    assert choice.candidates == len(CANDIDATES)
    assert all(choice.chosen[lag] > 0.62 for lag in JUDGED), choice
    assert all(0 <= choice.shipped[lag] - choice.chosen[lag] < 0.06 for lag in JUDGED), choice


@pytest.mark.parametrize(
    ("scored", "area"),
    [
        ([(1, False), (2, True)], 1.0),
        ([(2, False), (1, True)], 0.0),
        ([(1, False), (1, True)], 0.5),
        ([(1, False), (2, True), (2, False), (3, True)], 0.875),
        ([(1, True)], 0.5),
        ([], 0.5),
    ],
)
def test_the_area_is_how_often_a_bad_one_stands_above_a_good_one(scored: list[tuple[int, bool]], area: float) -> None:
    assert bench.area(scored) == area


def test_the_shipped_weights_are_among_the_candidates() -> None:
    assert {name: WEIGHTS[name] for name in CANDIDATES[0]} in CANDIDATES


def test_the_command_prints_one_object(write_months: Callable[..., Path]) -> None:
    path = write_months(bad=3, good=5)
    ran = CliRunner().invoke(program(["bench"]), ["bench", "index", str(path), "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert {each["platforms"] for each in told["judged"]} == {8}
    assert {each["lag"] for each in told["judged"]} == set(JUDGED)
    assert (
        told["judged"]
        == json.loads(CliRunner().invoke(program(["bench"]), ["bench", "index", str(path), "--json"]).stdout)["judged"]
    )


def test_without_an_end_there_is_nothing_to_tell_apart(write_months: Callable[..., Path]) -> None:
    ran = CliRunner().invoke(program(["bench"]), ["bench", "index", str(write_months(bad=0, good=5))])
    assert ran.exit_code == 1
    assert "None of these platforms ended badly" in ran.output


@pytest.fixture
def write_months(tmp_path: Path) -> Callable[..., Path]:
    """Twelve months of some platforms, as the source writes them."""

    def write(*, bad: int, good: int) -> Path:
        rows = []
        for number in range(bad + good):
            status = "跑路" if number < bad else "normal"
            days = [f"2017-{each:02d}-28" for each in range(1, 13)]
            rows += [month(day, f"p{number}", str(number), status=status) for day in days]
        path = tmp_path / "monthly.csv"
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write
