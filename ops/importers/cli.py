"""`crowdledger import`: arguments, the progress bar on stderr, the summary at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ops.importers import files, formats
from ops.importers.base import Importer, ImportProblem
from ops.importers.direct import DirectSink, direct
from ops.importers.http import TIMEOUT, GivenKeys, HttpSink, Keys
from ops.importers.lent_keys import lent_keys
from ops.importers.report import summary
from ops.importers.run import Progress, run_import
from ops.migrate import MigrationError
from ops.postgres import PostgresError
from ops.settings import Settings, SettingsError

_HELP = "Report a foreign file as events. Run it again at any time: what is there already counts as duplicate."


class Via(StrEnum):
    """The road that events take."""

    HTTP = "http"
    DIRECT = "direct"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("import", help=_HELP)(import_)


def import_(
    format: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(formats.FORMATS))}.", show_default=False)],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.", show_default=False)],
    via: Annotated[
        Via, typer.Option(help="direct: into the database; http: through the API of a server.")
    ] = Via.DIRECT,
    url: Annotated[
        str | None, typer.Option(help="The server, for http. Default: host and port of the settings.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="API key of the platform, or SOURCE=KEY, several times. Without: keys lent for this run."),
    ] = None,
    registry_key: Annotated[
        str | None, typer.Option(help="API key of the registry, to register and license the platforms.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Import `paths`; exit code 1 where it could not be done, 2 where the arguments make no sense."""
    console = Console(stderr=True)
    try:
        importer = formats.importer(format)
        about = files.count_lines(files.expand(paths, importer.suffixes))  # fails before a database is started
        with _sink(via, url, key or [], registry_key) as sink:
            started = time.monotonic()
            figures = _run(importer, paths, sink, console, about)
            seconds = time.monotonic() - started
    except (ImportProblem, PostgresError, MigrationError, SettingsError) as problem:
        console.print(f"[bold red]Error:[/] {escape(str(problem))}", soft_wrap=True, highlight=False)
        raise typer.Exit(1) from problem
    except KeyboardInterrupt:
        console.print("Stopped. Run the same command again; it continues where this run ended.")
        raise typer.Exit(130) from None
    if figures["not_sent"]:
        console.print(
            f"{figures['not_sent']} events of the registry were not sent, for want of --registry-key: "
            "the platforms have to be registered and licensed already.", soft_wrap=True, highlight=False,
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        Console().print(summary(importer, figures, seconds))


@contextmanager
def _sink(via: Via, url: str | None, given: list[str], registry_key: str | None) -> Iterator[DirectSink | HttpSink]:
    settings = Settings.load()
    if via is Via.DIRECT:
        with direct(settings) as sink:
            yield sink
        return
    with _keys(settings, given, registry_key) as keys:
        client = httpx.Client(base_url=url or f"http://{settings.host}:{settings.port}", timeout=TIMEOUT)
        with HttpSink(client, keys, time.sleep) as http:
            yield http


def _keys(settings: Settings, given: list[str], registry_key: str | None) -> AbstractContextManager[Keys]:
    if not given and not registry_key:
        return lent_keys(settings)
    pairs = [each.rpartition("=") for each in given]
    plain = [key for source, _, key in pairs if not source]
    if len(plain) > 1:
        raise ImportProblem("More than one --key without a source. Write them as --key platform:NAME=KEY.")
    by_source = {source: key for source, _, key in pairs if source}
    return nullcontext(GivenKeys(plain[0] if plain else None, registry_key, by_source))


def _run(
    importer: Importer, paths: list[Path], sink: DirectSink | HttpSink, console: Console, about: int
) -> dict[str, Any]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Bar(*columns, console=console, refresh_per_second=4) as bar:
        task = bar.add_task(importer.name, total=about, note="reading")

        def show(progress: Progress) -> None:
            note = ", ".join(f"{count:,} {status}" for status, count in sorted(progress.counts.items()))
            bar.update(task, completed=progress.rows, note=note)

        figures = run_import(importer, paths, sink, show)
        bar.update(task, completed=figures["rows"], total=figures["rows"])
    return figures
