"""`crowdledger serve`: the api in this process, the worker in a child of it, PostgreSQL where none is given."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from types import FrameType
from typing import Annotated, Final

import structlog
import typer
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.services import Services
from ops import compose, instance, logs, runtime, worker
from ops.cosigning import configured
from ops.migrate import MigrationError, migrate
from ops.postgres import PostgresError, database
from ops.settings import Settings, SettingsError
from ops.supervisor import supervised

GRACE_SECONDS: Final = 8  # for requests that are under way when the server is told to stop
KEEP_ALIVE_SECONDS: Final = 75
SETTLE_SECONDS: Final = 2.0  # what somebody who acted waits for the views at most
_log = structlog.get_logger(__name__)


class Role(StrEnum):
    """What this process does."""

    ALL = "all"
    API = "api"
    WORKER = "worker"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    *,
    role: Annotated[
        Role, typer.Option(help="api and worker apart, for more than one machine; all is both.")
    ] = Role.ALL,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Serve the API and the console, and keep views, rules and tree heads up to date."""
    logs.configure()
    # Until the server has its own handler: end by way of the blocks below, so that what was started is stopped.
    signal.signal(signal.SIGTERM, _leave)
    try:
        settings = Settings.load()
        configured(settings)  # a list of witnesses that can't be read is said here, not by a child that can't start
        with ExitStack() as stack:
            if role is Role.ALL:
                stack.enter_context(instance.sole(settings.data_dir, "serve", _address(settings.host, settings.port)))
            dsn = stack.enter_context(database(settings))
            migrate(dsn)
            if role is Role.WORKER:
                worker.run(settings, dsn, with_parent=with_parent)
                return
            services = replace(stack.enter_context(compose.build(settings, dsn)), settle_seconds=SETTLE_SECONDS)
            if role is Role.ALL:
                stack.enter_context(supervised("worker", _worker_command(), _worker_environment(dsn)))
            _serve_api(settings, services, create_app(services))
    except (SettingsError, MigrationError, PostgresError, instance.AlreadyRunningError) as error:
        typer.echo(f"crowdledger serve: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


class _Server(uvicorn.Server):
    """Tells the streams when it begins to stop, says where it listens, and leaves the rest of the stopping to us."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT; a second SIGINT doesn't wait for anybody."""
        self._services.draining.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        # Not by way of super(): it would raise the signal again afterwards, and nothing would be stopped in order.
        self.should_exit = True

    def _log_started_message(self, listeners: object) -> None:
        """Say the address, also where the port was chosen by the system."""
        for server in self.servers:
            for each in server.sockets:
                host, port = each.getsockname()[:2]
                print(f"crowdledger listens on {_address(host, port)}", flush=True)
                _log.info("listening", host=host, port=port, pid=os.getpid())


def _serve_api(settings: Settings, services: Services, app: FastAPI) -> None:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, services)
    runtime.settle()
    server.run()
    if not server.started:
        raise typer.Exit(1)


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "ops.cli", "serve", "--role", "worker", "--with-parent"]


def _worker_environment(dsn: str) -> dict[str, str]:
    # The very server that this process uses: the child must neither start another nor wait for this one's locks.
    return {**os.environ, "CROWDLEDGER_DATABASE_URL": dsn}


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
