"""create_app(services): the routes, how errors are answered, what every answer carries. No global state."""

from __future__ import annotations

import time
from typing import Any, Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors, openapi
from api.console.app import console_routes
from api.latency import Latency
from api.posting.endpoint import PostBare, PostEvents
from api.problems import Problem
from api.reading import ROUTERS
from api.services import Services

# A body is read before it is known who sent it; addresses that take more say so themselves.
BODY_BYTES_MAX: Final = 1 << 20
TOO_LARGE: Final = 413
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Pages set their own, wider one; for data nothing at all may be loaded.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Application(FastAPI):
    """FastAPI, but the endpoints that are measured are found by one look-up, before any middleware."""

    def __init__(self, services: Services, **settings: Any) -> None:
        super().__init__(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, **settings)
        self.state.services = services
        self.state.latency = Latency()
        self._hot: dict[tuple[str, str], ASGIApp] = {}

    def add_hot(self, path: str, endpoint: ASGIApp) -> None:
        """Serve POST `path` directly; the route stands for every other method, and for an app that is mounted."""
        self._hot["POST", path] = endpoint
        self.router.routes.append(Route(path, endpoint, methods=["POST"], include_in_schema=False))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            hot = self._hot.get((scope["method"], scope["path"]))
            if hot is not None:
                await hot(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.document(self)
        return self.openapi_schema


class _Every:
    """What every other request gets: its time taken, its headers made safe, an answer whatever happens."""

    def __init__(self, app: ASGIApp, services: Services, latency: Latency) -> None:
        self._app = app
        self._services = services
        self._latency = latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        if scope["method"] == "HEAD":  # the server sends no body to a HEAD, so it is answered as a GET
            scope = {**scope, "method": "GET", "crowdledger.head": True}

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, _in_our_words(scope, receive, send_on))
        except Exception as error:
            if status:  # half an answer is out: all that is left is to break off
                raise
            problem = self._services.problem_of(error) or errors.unexpected(error, scope["path"])
            await errors.response(problem)(scope, receive, send_on)
        finally:
            # By the route's pattern, not by the path: a path has ids in it, and there is no end to those.
            route = getattr(scope.get("route"), "path", "other")
            self._latency.observe(route, status, time.perf_counter() - started)


def _in_our_words(scope: Scope, receive: Receive, send: Send) -> Send:
    """The same, with a problem where the framework cut a large body off, which it says in plain text."""
    replaced = False

    async def told(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and message["status"] == TOO_LARGE:
            replaced = MutableHeaders(scope=message).get("content-type", "").startswith("text/plain")
            if replaced:
                problem = Problem("too_large", "the body is larger than this address takes.")
                await errors.response(problem)(scope, receive, send)
                return
        if not replaced:
            await send(message)

    return told


def create_app(services: Services) -> Application:
    """The whole of HTTP over the given parts."""
    app = Application(services, title="crowdledger", version="1")
    errors.install(app)
    app.add_middleware(_Every, services=services, latency=app.state.latency)
    app.add_hot(PostEvents.route, PostEvents(services, app.state.latency.observe))
    if services.bench:
        app.add_hot(PostBare.route, PostBare(services, app.state.latency.observe))
    for router in ROUTERS:
        app.include_router(router, max_body_size=BODY_BYTES_MAX)
    app.router.routes.extend(console_routes(services))
    return app
