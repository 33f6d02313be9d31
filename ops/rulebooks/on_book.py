"""`crowdledger rulebooks diff OLD NEW --book`: what a change of the law means for the present book, line by line."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import psycopg
import typer
from rich.markup import escape
from rich.table import Table

from ledger.kernel import clock
from ledger.rulebook.loading import Book
from ops.bars import bar, screen
from ops.migrate import migrate
from ops.postgres import database
from ops.rulebooks.what_if import SQL, Turned, turned
from ops.settings import Settings
from projections.runner import run_until
from projections.snapshots import snapshot
from risk.words import money

SHOWN_MAX = 50
_out = screen()


def show_turned(pack: Book, days: tuple[date, date], *, as_json: bool) -> None:
    """Bring the view to the head, judge the book by both days' law, and show who changes sides."""
    settings = Settings.load()
    today = clock.now().astimezone(ZoneInfo(settings.time_zone)).date()
    with database(settings) as dsn:
        migrate(dsn)
        run_until(dsn)
        with psycopg.connect(dsn, autocommit=True, application_name="crowdledger rulebooks") as connection:
            position, found = _turned(connection, pack, days, today)
    if as_json:
        said = {"pack": pack.name, "old": str(days[0]), "new": str(days[1]), "position": position}
        typer.echo(json.dumps({**said, "counts": _counts(found), "items": [each._asdict() for each in found]}))
        return
    table = Table("who", "role", "rule", "figure", "old limit", "new limit", "")
    for each in found[:SHOWN_MAX]:
        figures = (_figure(amount, each.currency) for amount in (each.figure, each.old_limit, each.new_limit))
        table.add_row(escape(each.who), each.role, each.rule, *figures, each.outcome.replace("_", " "))
    if found:
        _out.print(table)
    if len(found) > SHOWN_MAX:
        typer.echo(f"... and {len(found) - SHOWN_MAX} more; --json has them all")
    told = ", ".join(f"{count} {what}" for what, count in _counts(found).items()) or "nobody changes sides"
    typer.echo(f"{pack.name}, {days[0]} to {days[1]}, book at position {position}: {told}")


def _turned(
    connection: psycopg.Connection, pack: Book, days: tuple[date, date], today: date
) -> tuple[int, list[Turned]]:
    with snapshot(connection, "breaches") as position, bar() as show:
        (total,) = connection.execute(SQL["count"]).fetchone() or (0,)
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if done % 1_000 == 0:
                show("judging the book", done, max(total, done))

        return position, list(turned(connection, pack, days, today, step))


def _counts(found: list[Turned]) -> dict[str, int]:
    return dict(sorted(Counter(f"{each.role} {each.outcome}" for each in found).items()))


def _figure(amount: int | None, currency: str | None) -> str:
    if amount is None:
        return "none"
    return money(amount, currency) if currency else f"{amount:,}"
