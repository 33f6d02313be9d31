"""`crowdledger bench index`: the early warning figure of the platform index, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ops.bench.early_choice import Choice, chosen_by_halves
from ops.bench.early_warning import (
    BAR,
    CHOSEN_ON,
    JUDGED,
    RESAMPLES,
    SEED,
    Area,
    Ends,
    history,
    known_ends,
    load,
    measured,
)
from ops.importers.base import ImportProblem


def index_command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="monthly.csv of the wdzj data set, or its folder.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of the tables.")] = False,
    strict: Annotated[bool, typer.Option(help=f"End with exit code 1 where the index is below {BAR}.")] = False,
) -> None:
    """How early the platform index tells platforms that ended badly, by months before the last one they reported."""
    try:
        ends = load(paths)
    except ImportProblem as problem:
        Console(stderr=True).print(f"[bold red]Error:[/] {escape(str(problem))}", soft_wrap=True, highlight=False)
        raise typer.Exit(1) from problem
    if not ends.bad:
        message = (
            "None of these platforms ended badly, so there is nothing to tell apart. Give monthly.csv with its status."
        )
        Console(stderr=True).print(f"[bold red]Error:[/] {message}", soft_wrap=True, highlight=False)
        raise typer.Exit(1)
    found = history(ends)
    judged, earlier = measured(ends, found), measured(ends, found, (*CHOSEN_ON,), resamples=0)
    known = known_ends(ends, found)
    choice = chosen_by_halves(ends, found)
    if as_json:
        typer.echo(json.dumps(_as_json(judged, earlier, known, choice)))
    else:
        Console().print(_tables(ends, judged, earlier, known, choice))
    if strict and not holds(judged):
        raise typer.Exit(1)


def holds(judged: Sequence[Area]) -> bool:
    """Whether the index reaches the bar at every judged lag."""
    return all(each.area >= BAR for each in judged if each.name == "index")


def _as_json(judged: list[Area], earlier: list[Area], known: list[Area], choice: Choice) -> dict[str, Any]:
    return {
        "bar": BAR,
        "holds": holds(judged),
        "seed": SEED,
        "resamples": RESAMPLES,
        "judged": [asdict(each) | {"name": each.name.strip()} for each in judged],
        "known_ends_only": [asdict(each) for each in known],
        "chosen_on": [{"name": each.name.strip(), "lag": each.lag, "area": each.area} for each in earlier],
        "chosen_by_halves": choice._asdict(),
    }


def _tables(ends: Ends, judged: list[Area], earlier: list[Area], known: list[Area], choice: Choice) -> Group:
    verdict = "holds" if holds(judged) else "does not hold"
    halves = ", ".join(
        f"{JUDGED[lag]} {choice.chosen[lag]:.3f} (shipped weights {choice.shipped[lag]:.3f})" for lag in JUDGED
    )
    return Group(
        Text(f"{len(ends.months)} platforms with months, {len(ends.bad)} of which ended badly", style="bold"),
        _table("Judged: area under the curve, 95 % of resamplings", judged, JUDGED, wide=True),
        _table(f"Without the {len(ends.blank)} platforms that were listed without a status", known, JUDGED, wide=True),
        _table(
            "Months before the last one, on which the form was chosen", earlier, {lag: str(lag) for lag in CHOSEN_ON}
        ),
        Text(
            f"Weights chosen among {choice.candidates} on half of the platforms, judged on the other half, mean of "
            f"{choice.splits} halves: {halves}."
        ),
        Text(f"The bar of {BAR} at each judged month {verdict}. {RESAMPLES:,} resamplings of platforms, seed {SEED}."),
    )


def _table(title: str, areas: list[Area], lags: dict[int, str], *, wide: bool = False) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("figure", no_wrap=True)
    for name in lags.values():
        table.add_column(name, justify="right")
    for name in dict.fromkeys(each.name for each in areas):
        cells = {each.lag: _cell(each, wide=wide) for each in areas if each.name == name}
        table.add_row(name, *(cells[lag] for lag in lags))
    return table


def _cell(area: Area, *, wide: bool) -> str:
    return f"{area.area:.3f} {area.low:.2f}–{area.high:.2f}" if wide else f"{area.area:.3f}"
