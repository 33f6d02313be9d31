"""A whole server for tests: the real app on real HTTP, real parts behind it, a database of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import uvicorn
from starlette.types import ASGIApp

from api.access import Role
from api.services import Services
from ops import access_store
from ops.settings import Settings
from projections.runner import run_until

HUIZHONG, RIVAL = "platform:huizhong", "platform:rival"
SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"
TIME = "2024-03-02T10:15:00+08:00"


def event(
    kind: str, data: dict[str, Any], source: str = HUIZHONG, *, name: str = "", time: str = TIME
) -> dict[str, Any]:
    """A CloudEvent; its id is made from its content where none is given."""
    made = name or f"{kind}-{'-'.join(str(value) for value in data.values() if isinstance(value, str))}"[:128]
    made = "".join(character if character.isascii() and character.isprintable() else "_" for character in made)
    return {
        "specversion": "1.0", "id": made.replace(" ", "_"), "source": source, "type": kind, "time": time, "data": data,
    }  # fmt: skip


def lines(events: Iterable[dict[str, Any]]) -> bytes:
    """NDJSON."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


def opening() -> list[dict[str, Any]]:
    """The registry's part: two licensed platforms."""
    found = []
    for name in ("huizhong", "rival"):
        about = {"platform": name, "name": name.title(), "kinds": ["reward", "lending"], "jurisdiction": "CN"}
        found.append(event("platform.registered", about, "registry", name=f"{name}-1", time="2024-01-01T00:00:00Z"))
        licence = {"platform": name, "licence": f"L-{name}"}
        found.append(event("platform.licensed", licence, "registry", name=f"{name}-2", time="2024-01-02T00:00:00Z"))
    return found


def campaign(source: str = HUIZHONG, name: str = "C-9") -> list[dict[str, Any]]:
    """A campaign with its issuer and two investors."""
    about = {
        "campaign": name, "kind": "reward", "issuer": "I-1", "title": "Lamp", "goal": 100000, "currency": "CNY",
        "deadline": "2024-06-01", "funding": "keep_what_you_raise", "jurisdiction": "CN",
    }  # fmt: skip
    parties = [event("party.registered", {"party": each, "kind": "person"}, source) for each in ("I-1", "U-1", "U-2")]
    return [*parties, event("campaign.opened", about, source, time="2024-02-01T00:00:00+08:00")]


def pledge(name: str, source: str = HUIZHONG, amount: Any = 5000, **more: Any) -> dict[str, Any]:
    """A promise of U-1 to C-9."""
    data = {"pledge": name, "campaign": "C-9", "investor": "U-1", "amount": amount, "currency": "CNY", **more}
    return event("pledge.made", data, source, name=f"made-{name}")


@dataclass
class House:
    """A running server, its parts, and keys for everybody."""

    url: str
    dsn: str
    settings: Settings
    services: Services
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, role: Role, source: str | None, name: str = "") -> str:
        """A fresh key."""
        with psycopg.connect(self.dsn) as connection:
            secrets = access_store.secrets_of(self.settings)
            return access_store.create_key(connection, secrets, role=role, name=name or role, source=source)

    def client(self, who: str | None) -> httpx.Client:
        """A client with the key of `huizhong`, `rival`, `registry`, `auditor`, or without one."""
        headers = {"Authorization": f"Bearer {self.keys[who]}"} if who else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def post(
        self, who: str, body: bytes | dict[str, Any], content_type: str = SINGLE, *, query: str = "", **headers: str
    ) -> httpx.Response:
        """Send a body as it is, or one event."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
        with self.client(who) as client:
            return client.post(f"/v1/events{query}", content=content, headers=sent)

    def tell(self, who: str, events: Iterable[dict[str, Any]]) -> None:
        """Report events that must all be accepted."""
        answer = self.post(who, lines(events), LINES, query="?results=problems").json()
        assert not answer["results"], answer

    def get(self, who: str | None, path: str, **query: Any) -> httpx.Response:
        """Ask."""
        with self.client(who) as client:
            return client.get(path, params=query)

    def catch_up(self) -> None:
        """Bring the views to the end of the log."""
        run_until(self.dsn)

    def position(self) -> int:
        """The end of the log."""
        return self.services.head_position()


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """The app on a port of its own; its address."""
    config = uvicorn.Config(
        app, port=0, loop="uvloop", http="httptools", ws="none", log_config=None, access_log=False,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    started = threading.Event()
    while not server.started and thread.is_alive():
        started.wait(0.01)
    assert server.started, "the server ended before it began"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Every error is a problem, and says what it says."""
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["type"].startswith("/docs/")
    assert body["type"].endswith(f"#{code}")
    assert body["title"]
    assert body["detail"]
    assert "Traceback" not in response.text
    return body
