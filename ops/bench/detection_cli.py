"""`crowdledger bench detection`: what the live rules find in labelled transfers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ops.bench import detection, detection_shown
from ops.explained import explained
from ops.importers.base import ImportProblem
from ops.postgres import database
from ops.settings import Settings
from risk.document import RuleError
from risk.shapes import Inconclusive

_err = Console(stderr=True)

Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders of labelled sets.", show_default=False)]
Known = Annotated[
    detection.Mode | None, typer.Option(help="What a night knows: the past, or the whole history. Default: both.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of the tables.")]


def detection_command(paths: Paths, mode: Known = None, *, as_json: AsJson = False) -> None:
    """Precision and pattern recall of the live rules over labelled transfers, in a scratch database."""
    settings = Settings.load()
    found = []
    with explained(ImportProblem, RuleError, Inconclusive), database(settings) as dsn:
        for path in paths:
            for each in detection.measure(dsn, settings, path, [mode] if mode else list(detection.Mode), _say):
                found.append(each)
                if not as_json:
                    detection_shown.show(each, Console())
    if as_json:
        typer.echo(json.dumps(found[0] if len(found) == 1 else found))


def _say(line: str) -> None:
    _err.print(line, style="dim", highlight=False)
