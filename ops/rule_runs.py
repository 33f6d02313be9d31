"""`crowdledger rules runs`, `replay`, `shadow`: what rules did, whether it can be repeated, what a candidate does."""

from __future__ import annotations

import json
import random
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops import rules
from ops.bars import bar, screen
from ops.explained import explained
from ops.scheduler import SQL
from projections.runner import run_until
from risk import document, runs, shadow
from risk.document import RuleError
from risk.findings import Finding
from risk.shadow import Beside

SHOWN_MAX = 20
_EXPECTED = (RuleError, LookupError, TimeoutError)
_out = screen()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the commands to `crowdledger rules`."""
    rules.group.command("runs")(runs_)
    rules.group.command("replay")(replay)
    rules.group.command("shadow")(shadow_)


def runs_(*, as_json: rules.Json = False) -> None:
    """Show the newest run of each rule: when, how it ended, what it read; and why where there was no answer."""
    with explained(*_EXPECTED), rules.connected() as (_, connection):
        found = connection.execute(SQL["last_runs"]).fetchall()
    names = ("rule", "kind", "status", "started_at", "findings", "rows_read", "duration_ms", "reason")
    if as_json:
        items = [dict(zip(names, (*row[:3], row[3].isoformat(), *row[4:]), strict=True)) for row in found]
        typer.echo(json.dumps({"runs": items}, ensure_ascii=False))
        return
    table = Table("rule", "kind", "status", "started", "findings", "rows read", "ms", "why")
    for rule, kind, status, at, *figures, reason in found:
        cells = ("" if figure is None else f"{figure:,}" for figure in figures)
        table.add_row(rule, kind, status, f"{at:%Y-%m-%d %H:%M:%S}", *cells, escape(reason or ""))
    _out.print(table)


def replay(
    number: Annotated[int | None, typer.Argument(metavar="[RUN]", help="A run's number.", show_default=False)] = None,
    *,
    sample: Annotated[int | None, typer.Option(metavar="N", min=1, help="So many runs, chosen at random.")] = None,
    seed: Annotated[int | None, typer.Option(help="Choose the same ones again.")] = None,
    as_json: rules.Json = False,
) -> None:
    """Repeat past runs with their own version, days and cutoff; exit code 1 where one finds anything else."""
    with explained(*_EXPECTED), rules.connected() as (dsn, connection):
        run_until(dsn)
        if (number is None) == (sample is None):
            raise RuleError("Say which run to repeat, or --sample N.")
        seed = random.SystemRandom().randrange(2**32) if seed is None else seed
        numbers = [number] if number is not None else _chosen(connection, sample or 0, seed)
        again = _repeat(connection, numbers)
    different = [each for each in again if each.then_hash != each.now_hash]
    if as_json:
        answer: dict[str, Any] = {"runs": len(again), "different": [each._asdict() for each in different]}
        typer.echo(json.dumps(answer | ({"seed": seed} if sample else {})))
    elif number is not None:
        word = "DIFFERENT" if different else "the same"
        typer.echo(f"run {number} of {again[0].rule} at position {again[0].cutoff}: {word}")
    else:
        for each in different:
            _err.print(f"[red]run {each.number} of {each.rule} at position {each.cutoff}: DIFFERENT[/]")
        typer.echo(f"{len(again)} runs repeated, {len(different)} different (seed {seed})")
    raise typer.Exit(1 if different else 0)


def _chosen(connection: psycopg.Connection, sample: int, seed: int) -> list[int]:
    ended = [number for (number,) in connection.execute(SQL["ended_runs"]).fetchall()]
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    return sorted(chance.sample(ended, min(sample, len(ended))))


def _repeat(connection: psycopg.Connection, numbers: list[int]) -> list[runs.Repeated]:
    found = []
    with bar() as show:
        for done, number in enumerate(numbers):
            show(f"run {number}", done, len(numbers))
            found.append(runs.replay(connection, number))
    return found


def shadow_(
    name: rules.Name = None,
    *,
    budget: Annotated[int, typer.Option(min=1, help="Alerts that can be looked at, on either side.")] = shadow.BUDGET,
    as_json: rules.Json = False,
) -> None:
    """Show what candidate versions found beside the live ones, at an equal budget of alerts."""
    with explained(*_EXPECTED), rules.connected() as (_, connection):
        candidates = shadow.candidates(document.load_all())
        chosen = [each for key, each in candidates.items() if name is None or key.startswith(name)]
        if name is not None and not chosen:
            raise RuleError(
                f"{name!r} has no candidate in risk/rules/shadow. There are: {', '.join(candidates) or 'none'}."
            )
        found = [shadow.beside(connection, each, budget) for each in chosen]
    if as_json:
        typer.echo(json.dumps({"rules": [_plain(each) for each in found]}, ensure_ascii=False))
        return
    table = Table("rule", "live", "candidate", "runs", "only live", "only candidate", "both", "severity moves")
    for each in found:
        parts = each.difference
        counts = (each.runs, len(parts.only_left), len(parts.only_right), len(parts.both), len(each.moves))
        table.add_row(
            each.rule, f"v{each.live_version or '?'}", f"v{each.version}", *(f"{count:,}" for count in counts)
        )
    _out.print(table)
    for each in found:
        for side, only in (("only live", each.difference.only_left), ("only candidate", each.difference.only_right)):
            for one in only[:SHOWN_MAX]:
                _out.print(escape(f"{side}: {one.severity} {one.score}  {one.en}"), highlight=False, soft_wrap=True)
        for ours, theirs in each.moves[:SHOWN_MAX]:
            line = f"{ours.severity} -> {theirs.severity}: {theirs.en}"
            _out.print(escape(line), highlight=False, soft_wrap=True)


def _plain(each: Beside) -> dict[str, Any]:
    return {
        "rule": each.rule, "live_version": each.live_version, "version": each.version, "runs": each.runs,
        "inconclusive": each.inconclusive, "failed": each.failed, "budget": each.budget,
        "only_live": [_matter(one) for one in each.difference.only_left],
        "only_candidate": [_matter(one) for one in each.difference.only_right],
        "both": len(each.difference.both),
        "moves": [{**_matter(theirs), "live_severity": ours.severity} for ours, theirs in each.moves],
    }  # fmt: skip


def _matter(one: Finding) -> dict[str, Any]:
    return {"key": one.key, "severity": one.severity, "score": one.score, "reason": {"zh": one.zh, "en": one.en}}
