"""`crowdledger witness`: watches logs from another house, and signs only heads that keep their history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from ledger import signing
from ledger.kernel import clock
from ledger.notes import COSIGNED_ML_DSA_44, ED25519, NoteError, VerifierKey, parse_key
from ops import instance, keyfile, logs
from ops.keyfile import SettingsError
from ops.witness import memory
from ops.witness.server import Witness, app


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command()(witness)


def witness(
    *,
    name: Annotated[str, typer.Option(help="Its name, best a public address without scheme: witness.example.org/w1.")],
    log: Annotated[
        list[str], typer.Option(help="Verifier key of a log to watch (`crowdledger sealing keys`); repeatable.")
    ],
    data_dir: Annotated[Path, typer.Option(help="Its keys and its memory.")] = Path("witness"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8008,
    keys_only: Annotated[bool, typer.Option("--keys", help="Print its verifier keys and end.")] = False,
) -> None:
    """Run a witness: it cosigns tree heads of the logs given, and only such as continue what it has signed before.

    Run it where the ledger's operator has no hand in it. It needs no database and none of the ledger's settings.
    """
    logs.configure()
    try:
        known = watched(log)
        folder = data_dir.expanduser().absolute()
        with instance.sole(folder, "witness", f"http://{host}:{port}"):
            remembered = memory.load(folder)
            seeds = [keyfile.load_or_create(folder / file) for file in memory.KEY_FILES]
            by = signing.of_witness(name, seeds[0], seeds[1])
            for each in by:
                print(each.key, flush=True)
            if keys_only:
                return
            _warn_of_strangers(remembered.keys() - known.keys())
            uvicorn.run(
                app(Witness(folder, by, known, clock.now)), host=host, port=port, log_config=None, access_log=False
            )
    except (SettingsError, instance.AlreadyRunningError, NoteError) as error:
        typer.echo(f"crowdledger witness: {error}", err=True)
        raise typer.Exit(1) from None


def watched(texts: list[str]) -> dict[str, list[VerifierKey]]:
    """The logs' keys by origin. Raises NoteError for a key that is none, or that signs no heads."""
    found: dict[str, list[VerifierKey]] = {}
    for text in texts:
        key = parse_key(text)
        if key.kind not in {ED25519, COSIGNED_ML_DSA_44}:
            raise NoteError(f"the key of {key.name} is that of a witness, not of a log")
        found.setdefault(key.name, []).append(key)
    return found


def _warn_of_strangers(origins: set[str]) -> None:
    for origin in sorted(origins):
        typer.echo(f"crowdledger witness: {origin} was watched before, and no key of it is given now.", err=True)
