"""`crowdledger demo`."""

from __future__ import annotations

import json
import logging
import signal
import sys
from dataclasses import replace
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from ledger.kernel import clock
from ops import logs
from ops.demo.errors import DemoError
from ops.demo.screen import Screen
from ops.demo.story import Wish, tell
from ops.demo.summary import Summary
from ops.migrate import MigrationError
from ops.postgres import PostgresError
from ops.settings import PORT_MAX, Settings, SettingsError
from ops.simulator.play import PlayError

SEED = 2026
SCALE_MAX = 100.0
WIDTH = 120  # of the summary where it goes to a file or a pipe


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


Leave = Annotated[bool, typer.Option("--exit", help="Stop everything after the summary.")]
AsJson = Annotated[bool, typer.Option("--json", help="The summary as one JSON object on stdout.")]
Seed = Annotated[int, typer.Option(help="Another number, another city.")]
Scale = Annotated[float, typer.Option(help="Size: 1 is about 57,000 events.", min=0.01, max=SCALE_MAX)]
Port = Annotated[int | None, typer.Option(help="Instead of CROWDLEDGER_PORT.", min=0, max=PORT_MAX)]


def demo(
    *, leave: Leave = False, as_json: AsJson = False, seed: Seed = SEED, scale: Scale = 1.0, port: Port = None
) -> None:
    """Serve a ledger with a simulated city in it: fourteen platforms, ninety days, a fraud for every typology.

    Keeps its data in the data folder's `demo`, apart from any other, and begins afresh each time.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    logs.configure(logging.WARNING)  # the demo says itself what happens
    screen = Screen()

    shown = False

    def show(summary: Summary) -> None:
        nonlocal shown
        shown = True
        if as_json:
            typer.echo(json.dumps(summary.as_json(), ensure_ascii=False))
        else:
            summary.show(Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))

    try:
        settings = Settings.load()
        if port is not None:
            settings = replace(settings, port=port)
        tell(settings, Wish(seed, scale, leave), screen, show, clock.now())
    except KeyboardInterrupt:
        screen.say("stopped")
        if leave or not shown:
            raise typer.Exit(130) from None
    except (DemoError, PlayError, SettingsError, MigrationError, PostgresError) as error:
        typer.echo(f"crowdledger: {error}", err=True)
        raise typer.Exit(1) from None


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a demo as Ctrl-C does: with everything stopped."""
    raise KeyboardInterrupt
