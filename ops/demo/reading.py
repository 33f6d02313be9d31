"""What the demo asks of the ledger, over HTTP and with the regulator's key, as any client would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from ops.demo.errors import DemoError
from ops.simulator.matching import Alert
from risk import document
from risk.document import LIFE_DAYS

CATCH_UP_SECONDS = 300
SEALED_SECONDS = 30
POLL_SECONDS = 0.2
PAGE = 200
AT_ONCE = 4


class Regulator:
    """A client of the reading side."""

    def __init__(self, base_url: str, key: str) -> None:
        self._client = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **query: str | int) -> httpx.Response:
        """Ask; raises DemoError for anything but 200."""
        response = self._client.get(path, params=query)
        if response.status_code != httpx.codes.OK:
            raise DemoError(
                f"GET {path} answered {response.status_code}: {response.text[:500]}. "
                "The server's log is in the data folder."
            )
        return response

    def wait_for_views(self, check: Callable[[], None]) -> int:
        """Until every view has seen the whole log; returns the log's position. `check` raises where waiting is vain."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        behind: list[str] = []
        while time.monotonic() < deadline:
            check()
            ready = self.get("/readyz").json()
            behind = [view["name"] for view in ready["views"] if view["position"] < ready["position"]]
            if ready["views"] and not behind:
                return int(ready["position"])
            time.sleep(POLL_SECONDS)
        raise DemoError(
            f"After {CATCH_UP_SECONDS} s these views are still behind the log: {', '.join(behind) or 'all'}. "
            "`crowdledger views list` shows why; the server's log is in the data folder."
        )

    def pages(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = self.get(path, limit=PAGE, **query, **more).json()
            yield from answer["items"]
            cursor = answer["next"]
            if cursor is None:
                return

    def count(self, path: str) -> int:
        """How many items a list has."""
        return sum(1 for _ in self.pages(path))

    def position_of(self, source: str, name: str) -> int | None:
        """Where an event stands in the log; None where it does not."""
        response = self._client.get(f"/v1/events/{source}/{name}")
        return response.json().get("position") if response.status_code == httpx.codes.OK else None

    def positions_of(self, events: Sequence[tuple[str, str]]) -> frozenset[int]:
        """Where these events stand in the log, but for those that do not."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return frozenset(filter(None, pool.map(lambda event: self.position_of(*event), events)))

    def trial_balance(self) -> dict[str, int]:
        """Sum of all accounts by currency; zero in a book that is right."""
        return {each["currency"]: each["balance"] for each in self.get("/v1/balances", limit=1).json()["totals"]}

    def checkpoint(self, position: int) -> str:
        """A signed tree head over everything up to `position`: the sealer follows the log by a second or so."""
        deadline = time.monotonic() + SEALED_SECONDS
        while time.monotonic() < deadline:
            response = self._client.get("/v1/checkpoint")
            if response.status_code == httpx.codes.OK and int(response.headers["Ledger-Position"]) >= position:
                return response.text
            time.sleep(POLL_SECONDS)
        raise DemoError(
            f"No tree head covers position {position} after {SEALED_SECONDS} s: the sealer of the worker does not run. "
            "The server's log is in the data folder."
        )

    def alerts(self) -> list[Alert]:
        """All of them."""
        widths = {name: each.rule.window.width_days for name, each in document.load_all().items()}
        return [_alert(item, widths.get(item["rule"], LIFE_DAYS)) for item in self.pages("/v1/alerts")]


def _alert(item: dict[str, Any], width: int) -> Alert:
    """It was first known on the last day of its first window; where a window has no width, on the last day of all."""
    first, last = (date.fromisoformat(item["window"][name]) for name in ("first_day", "last_day"))
    return Alert(
        item["id"],
        item["rule"],
        frozenset(item["subject"]),
        frozenset(item.get("evidence", ())),
        last if width == LIFE_DAYS else first + timedelta(days=width - 1),
        last,
        item["severity"],
        item["score"],
    )
