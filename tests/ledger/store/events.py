"""CloudEvents for the store's tests, in the form that platforms send."""

from __future__ import annotations

from typing import Any

SOURCE = "platform:huizhong"
TIME = "2026-03-02T10:15:00+08:00"


def event(name: str, kind: str, /, source: str = SOURCE, time: str = TIME, **data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "source": source, "type": kind, "time": time, "data": data}


def setting() -> list[dict[str, Any]]:
    """A licensed platform, an issuer, an investor, an open campaign."""
    return [
        event("reg", "platform.registered", source="registry", platform="huizhong", name="Huizhong",
              kinds=["reward", "lending"], jurisdiction="CN"),
        event("lic", "platform.licensed", source="registry", platform="huizhong", kinds=["reward", "lending"]),
        party("I-1"),
        party("U-1"),
        campaign("C-1"),
    ]  # fmt: skip


def party(name: str) -> dict[str, Any]:
    return event(f"party-{name}", "party.registered", party=name, kind="person", country="CN")


def campaign(name: str, **more: Any) -> dict[str, Any]:
    data = {
        "campaign": name, "kind": "reward", "issuer": "I-1", "title": "A kettle", "goal": 1_000_000, "currency": "CNY",
        "deadline": "2036-04-01", "funding": "all_or_nothing", "jurisdiction": "CN",
    }  # fmt: skip
    return event(f"campaign-{name}", "campaign.opened", **{**data, **more})


def pledge(name: str, amount: int = 50_000, **more: Any) -> dict[str, Any]:
    data = {"pledge": name, "campaign": "C-1", "investor": "U-1", "amount": amount, "currency": "CNY"}
    return event(f"made-{name}", "pledge.made", **{**data, **more})


def collected(name: str) -> dict[str, Any]:
    return event(f"collected-{name}", "pledge.collected", pledge=name)
