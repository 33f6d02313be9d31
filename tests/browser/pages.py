"""Every page there is, with who may see it. A page that is not here fails `test_every_page_is_looked_at`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, cast
from urllib.parse import quote

import httpx

from api.access import Role
from tests.browser.market import Market


class Page(NamedTuple):
    """An address, with `{names}` that `examples` fills from a market, and whose page it is; None: everybody's."""

    address: str
    role: Role | None
    status: int = 200


PAGES: Final = (
    Page("/account", "investor"),
    Page("/account", "platform"),
    Page("/account", "regulator"),
    Page("/account/second-factor", "regulator"),
    Page("/my/enter", None),
    Page("/my/enter?t=used", None, 410),
    Page("/console/overview", "regulator"),
    Page("/console/alerts", "regulator"),
    Page("/console/alerts?status=all&severity=info&text=nothing-like-this", "regulator"),
    Page("/console/alerts?sort=newest&assignee=@nobody", "regulator"),
    Page("/console/views", "regulator"),
    Page("/console/deeds", "regulator"),
    Page("/console/alerts/{alert}", "regulator"),
    Page("/console/alerts/{alert}", "auditor"),
    Page("/console/complaints", "regulator"),
    Page("/console/complaints?by=platform", "auditor"),
    Page("/console/find?text=U-", "regulator"),
    Page("/console/parties/{party}", "regulator"),
    Page("/console/parties/{party}?hops=2&currency=CNY", "auditor"),
    Page("/console/campaigns", "regulator"),
    Page("/console/campaigns/{campaign}", "regulator"),
    Page("/console/campaigns/{campaign}?at=2011-01-01", "regulator", 404),
    Page("/console/loans?late=1", "regulator"),
    Page("/console/loans/{loan}", "regulator"),
    Page("/console/pledges/{pledge}", "regulator"),
    Page("/console/events/{event}", "regulator"),
    Page("/console/cases", "regulator"),
    Page("/console/cases?view=list", "regulator"),
    Page("/console/cases?view=list&text=nothing-like-this", "auditor"),
    Page("/console/cases/new?alert={alert}", "regulator"),
    Page("/console/cases/{case}", "regulator"),
    Page("/console/cases/{case}", "auditor"),
    Page("/console/mutes", "regulator"),
    Page("/console/mutes?state=all", "auditor"),
    Page("/console/sanctions", "regulator"),
    Page("/console/sanctions/new?case={case}", "regulator"),
    Page("/console/subscriptions", "regulator"),
    Page("/console/log", "regulator"),
    Page("/console/log/parked", "regulator"),
    Page("/console/log/refused", "regulator"),
    Page("/console/log/refused/{refused}", "regulator"),
    Page("/console/log/parked/{parked}", "auditor"),
    Page("/console/log/proofs?from=1&to=5", "regulator"),
    Page("/console/rulebooks", "regulator"),
    Page("/console/rulebooks/what-if?jurisdiction=CN&kind=lending&currency=CNY&amount=5000", "auditor"),
    Page("/console/rulebooks/us-regcf?on=2021-03-15&from=2021-03-14", "regulator"),
    Page("/console/rulebooks/us-regcf/us.regcf.investor_limit", "regulator"),
    Page("/console/nowhere", "regulator", 404),
    Page("/console/platforms", "regulator"),
    Page("/console/platforms?kind=equity&text=nothing-like-this", "regulator"),
    Page("/console/platforms?view=index", "regulator"),
    Page("/console/platforms/{platform}", "regulator"),
    Page("/console/platforms/{platform}/concentration", "auditor"),
    Page("/console/platforms/{platform}/conduct", "regulator"),
    Page("/console/platforms/{platform}/index", "regulator"),
    Page("/console/platforms/{platform}/money", "regulator"),
    Page("/console/platforms/{platform}/money?months=24", "auditor"),
    Page("/console/platforms/{platform}/reconciliation", "regulator"),
    Page("/console/platforms/{platform}/reports", "regulator"),
    Page("/console/rules", "regulator"),
    Page("/console/rules/{rule}", "regulator"),
    Page("/console/rules/{rule}/document", "regulator"),
    Page("/console/rules/{rule}/history", "regulator"),
    Page("/console/rules/{rule}/statistics", "regulator"),
    Page("/console/rules/{rule}/runs", "regulator"),
    Page("/console/rules/{rule}/runs/{run}", "auditor"),
    Page("/console/rules/{rule}/backtest", "regulator"),
    Page("/console/rules/{rule}/shadow", "regulator"),
    Page("/console/sign-in", None),
    Page("/platform/alerts", "platform"),
    Page("/platform/alerts/{shared_alert}", "platform"),
    Page("/platform/events", "platform"),
    Page("/platform/events/{own_event}", "platform"),
    Page("/platform/held", "platform"),
    Page("/platform/held?show=parked", "platform"),
    Page("/platform/held/parked/{parked}", "platform"),
    Page("/platform/held/refused/{refused}", "platform"),
    Page("/platform/keys", "platform"),
    Page("/platform/nowhere", "platform", 404),
    Page("/platform/overview", "platform"),
    Page("/platform/sandbox?example=pledge.made", "platform"),
    Page("/my/complaints", "investor"),
    Page("/my/complaints?subject=pledge:{own_pledge_key}", "investor"),
    Page("/my/data", "investor"),
    Page("/my/limits", "investor"),
    Page("/my/loans", "investor"),
    Page("/my/loans/{own_loan}", "investor"),
    Page("/my/pledges", "investor"),
    Page("/my/pledges/nowhere/P-1", "investor", 404),
    Page("/my/pledges/{own_pledge}", "investor"),
    Page("/register", None),
    Page("/register?text=nothing-like-this", None),
    Page("/register/{platform}", None),
    Page("/statistics", None),
    Page("/verify", None),
)
# Routes that are no page of their own, and why.
NO_PAGE: Final = {
    "/my/data/copy.zip": "a file",
    "/my/pledges/{platform}/{pledge}/receipts.json": "a file",
    "/console/sign-in/code": "after a right password alone",
    "/console/sign-in/provider": "leads to the identity provider",
    "/console/sign-in/provider/back": "leads back from there",
    "/": "leads home",
    "/console": "leads home",
    "/console/static/{digest}/{name:path}": "files",
    "/console/alerts/news": "a piece of the queue",
    "/console/live": "a stream",
    "/console/alerts/{name}/news": "a piece of the alert's page",
    "/console/cases/{name}/news": "a piece of the case's page",
    "/console/deeds/file": "a file",
    "/console/alerts/bulk": "leads back to the queue",
    "/console/views/keep": "leads back to the views",
    "/console/views/change": "leads back to the views",
    "/console/views/drop": "leads back to the views",
    "/platform/receipts/{name:path}": "a file",
    "/console/events/{position}/receipt": "a file",
    "/console/events/{source}/{name:path}": "leads to the event by its position",
    "/register/{platform}/badge.svg": "a picture for other people's pages",
    "/register/{platform}/badge.json": "a signed statement",
    "/statistics.csv": "a file",
    "/console/alerts/{name}/actions": "leads back to the alert",
    "/console/alerts/{alert}/case": "leads back to the alert",
    "/console/alerts/{alert}/mute": "leads back to the alert",
    "/console/alerts/{alert}/unmute": "leads back to the alert",
    "/console/cases/{name}/actions": "leads back to the case",
    "/console/cases/{name}/files": "leads back to the case",
    "/console/cases/{name}/files/{evidence}": "leads back to the case",
    "/console/cases/{name}/export": "a file",
    "/console/cases/{name}/export/names": "leads back to the case",
    "/console/mutes/{name}/end": "leads back to the mutes",
    "/console/sanctions/{name}/lift": "leads back to the sanctions",
    "/console/subscriptions/{name}/end": "leads back to the subscriptions",
    "/console/subscriptions/dead/{name}/retry": "leads back to the subscriptions",
    "/console/rules/{name}/run": "leads back to the runs",
}


def examples(market: Market) -> dict[str, str]:
    """One of each kind of thing, of those that the market has; asked once."""
    if not market.found:
        alert = _first(market, "/v1/alerts", severity="critical", status="open")
        market.found |= {
            "alert": alert["id"],
            "case": _worked(market),
            "rule": alert["rule"],
            "run": str(_first(market, f"/v1/rules/{alert['rule']}/runs")["number"]),
            "platform": "huizhong",
            **_looked_up(market),
            **_of_a_platform(market),
            **_of_an_investor(market),
        }
    return market.found


def _looked_up(market: Market) -> dict[str, str]:
    """A campaign with its issuer and a pledge, a loan, an event."""
    campaign = _first(market, "/v1/campaigns", status="succeeded")
    pledge = _first(market, "/v1/pledges", campaign=f"campaign:{campaign['platform']}/{campaign['campaign']}")
    loan = _first(market, "/v1/loans", status="disbursed")
    return {
        "campaign": f"{campaign['platform']}/{campaign['campaign']}",
        "pledge": f"{pledge['platform']}/{pledge['pledge']}",
        "party": pledge["investor"].removeprefix("party:"),
        "loan": f"{loan['platform']}/{loan['loan']}",
        "event": str(pledge["position"]),
    }


def _of_a_platform(market: Market) -> dict[str, str]:
    """What huizhong's people look at: something that waits and something that was refused are sent for it."""
    waits, wrong = {"pledge": "not-reported"}, {"party": "W-1", "kind": "human"}
    market.send("pledge.collected", "browser-waits", waits)
    market.send("party.registered", "browser-wrong", wrong)
    found = market.api("/v1/alerts", "platform")["items"]
    return {
        "shared_alert": found[0]["id"] if found else "nowhere",
        "own_event": quote(
            market.send("party.registered", "browser/own?", {"party": "W-2", "kind": "person"}), safe=""
        ),
        "parked": str(market.api("/v1/parked", "platform")["items"][0]["number"]),
        "refused": str(market.api("/v1/refusals", "platform")["items"][0]["number"]),
    }


def _of_an_investor(market: Market) -> dict[str, str]:
    """A pledge and a loan of the investor who may sign in."""
    name, password = market.people["investor"][0]
    with httpx.Client(base_url=market.url, follow_redirects=True, timeout=60) as client:
        token = re.search('name="csrf" value="([0-9a-f]+)"', client.get("/console/sign-in").text)
        assert token is not None, "the sign-in page has no form"
        client.post("/console/sign-in", data={"name": name, "password": password, "csrf": token[1]})
        pledge = client.get("/v1/me/pledges").json()["items"][0]
        loan = client.get("/v1/me/loans").json()["items"][0]
    own = f"{pledge['platform']['id']}/{pledge['pledge']}"
    return {"own_pledge": own, "own_pledge_key": own, "own_loan": f"{loan['platform']['id']}/{loan['loan']}"}


def _worked(market: Market) -> str:
    """A case with something of everything in it."""
    found = market.api("/v1/alerts", severity="high", status="open", limit=50)["items"]
    alerts = [each["id"] for each in found if each["case"] is None][:3]
    last_week = (datetime.now(UTC) - timedelta(days=8)).date().isoformat()
    case = str(market.tell("/v1/cases", title="Three signs of one hand", alerts=alerts, due=last_week)["case"])
    actions = f"/v1/cases/{case}/actions"
    market.tell(actions, action="note", text="Called the platform.\n\nNobody answered.")
    market.tell(actions, action="refer", agency="police")
    fine = {"kind": "fine", "amount": 5_000_000, "currency": "CNY", "begins": "2024-01-02", "case": case}
    market.tell("/v1/sanctions", subject="platform:huizhong", citation="Article 42", **fine)
    market.tell("/v1/mutes", rule="C08-raise-cap", platform="huizhong", days=30, reason="Known, and settled.")
    return case


def _first(market: Market, path: str, **query: object) -> dict[str, Any]:
    items = cast("list[dict[str, Any]]", market.api(path, **query)["items"])
    assert items, f"the market has nothing at {path} {query}"
    return items[0]
