"""The app on made-up parts, and a browser of few words to ask it with."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Self

import httpx
from starlette.types import ASGIApp

from api.app import create_app
from tests.api.console.parts import City, services
from tests.api.console.users import PASSWORD

SIGN_IN = "/console/sign-in"


def app(city: City) -> ASGIApp:
    """The app with the console."""
    return create_app(services(city))


class Browser:
    """Keeps cookies, follows redirects, one event loop for all its requests; what a test asks the app with."""

    def __init__(self, made: ASGIApp) -> None:
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(app=made, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://console.test", follow_redirects=True)

    def get(self, path: str, **named: Any) -> httpx.Response:
        return self._runner.run(self.client.get(path, **named))

    def post(self, path: str, form: dict[str, str], **named: Any) -> httpx.Response:
        return self._runner.run(self.client.post(path, data=form, **named))

    def token(self, path: str = SIGN_IN) -> str:
        """The CSRF token of the first form of a page."""
        found = re.search('name="csrf" value="([0-9a-f]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def sign_in(self, name: str = "li.wei", password: str = PASSWORD) -> httpx.Response:
        return self.post(SIGN_IN, {"name": name, "password": password, "csrf": self.token()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self.client.aclose())
        self._runner.close()
