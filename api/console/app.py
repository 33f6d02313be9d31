"""The console's routes, put together."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.console import assets
from api.console.door import routes as door
from api.console.door import sign_in
from api.console.investor import routes as investor
from api.console.office import routes as office
from api.console.platform import routes as platform
from api.console.public import register
from api.console.public import routes as public
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
        *door.routes(shell),
        *office.routes(shell),
        *platform.routes(shell),
        *investor.routes(shell),
        *public.routes(shell),
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
