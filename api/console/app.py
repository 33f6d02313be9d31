"""The console's routes, put together."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.console import assets
from api.console.door import sign_in
from api.console.door.door_routes import door_routes
from api.console.investor.routes import investor_routes
from api.console.office import alert, changed, complaints, log
from api.console.office.casework_routes import casework_routes
from api.console.office.desk_routes import desk_routes
from api.console.office.look_routes import look_routes
from api.console.office.platform_routes import platform_routes
from api.console.office.rule_pages import rule_pages
from api.console.platform.pages import platform_pages
from api.console.public import badge, register, statistics, verify
from api.console.shell import build
from api.console.visits import Visit
from api.problems import Problem
from api.services import Services


def console_routes(services: Services) -> list[BaseRoute]:
    """All pages under /console, and `/`, which leads there."""
    shell = build(services)
    pages = [
        Route("/", sign_in.root(shell, register.REGISTER), methods=["GET"], include_in_schema=False),
        Route("/console", sign_in.root(shell), methods=["GET"], include_in_schema=False),
        Route(assets.ROUTE, shell.assets.serve, methods=["GET"], include_in_schema=False),
        *door_routes(shell),
        *desk_routes(shell),
        *alert.routes(shell),
        *changed.routes(shell),
        *casework_routes(shell),
        *rule_pages(shell),
        *platform_routes(shell),
        *log.routes(shell),
        *platform_pages(shell),
        *look_routes(shell),
        *complaints.routes(shell),
        *investor_routes(shell),
        *verify.routes(shell),
        *badge.routes(shell),
        *register.routes(shell),
        *statistics.routes(shell),
        Route("/console/{rest:path}", shell.open(_nothing), include_in_schema=False),
        Route("/platform/{rest:path}", shell.open(_nothing), include_in_schema=False),
    ]
    for each in pages:
        _named(each)
    return [*pages]


def _named(route: Route) -> None:
    """Let the request know by which route it came: FastAPI says so of its own routes only."""
    inner = route.app

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = route
        await inner(scope, receive, send)

    route.app = app


async def _nothing(_visit: Visit) -> Response:
    raise Problem("not_found", "there is no such page.")
