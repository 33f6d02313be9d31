"""Every address, asked by everybody: a table says who may, and an address that is not in it fails the test.

The table follows the contract's column `who` and docs/decisions/0006-console.md. Whoever adds an address decides here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

import httpx
import psycopg
import pytest
from starlette.routing import Route

from api.access import Role
from api.app import create_app
from api.reading import ROUTERS
from ops import access_store
from tests.api import mine
from tests.api.house import House

PEOPLE: Final[tuple[Role, ...]] = ("platform", "regulator", "auditor", "investor")
# Words of the table, and whom they mean.
GROUPS: Final = {
    "all": frozenset({"nobody", *PEOPLE}),
    "people": frozenset(PEOPLE),
    "office": frozenset({"regulator", "auditor"}),
    "regulator": frozenset({"regulator"}),
    "platform": frozenset({"platform"}),
    "investor": frozenset({"investor"}),
}
TABLE: Final = """
GET    /                                                       all
GET    /account                                                people
POST   /account/password                                       people
GET    /account/second-factor                                  people
POST   /account/second-factor                                  people
POST   /account/second-factor/codes                            people
POST   /account/second-factor/off                              people
POST   /account/sessions                                       people
GET    /console                                                people
GET    /console/alerts                                         office
GET    /console/alerts/bulk                                    office
POST   /console/alerts/bulk                                    regulator
GET    /console/alerts/news                                    office
GET    /console/alerts/{alert}/case                            office
POST   /console/alerts/{alert}/case                            regulator
GET    /console/alerts/{alert}/mute                            office
POST   /console/alerts/{alert}/mute                            regulator
GET    /console/alerts/{alert}/unmute                          office
POST   /console/alerts/{alert}/unmute                          regulator
GET    /console/alerts/{name}                                  office
GET    /console/alerts/{name}/actions                          office
POST   /console/alerts/{name}/actions                          regulator
GET    /console/campaigns                                      office
GET    /console/campaigns/{scope}/{name:path}                  office
GET    /console/cases                                          office
GET    /console/cases/new                                      regulator
POST   /console/cases/new                                      regulator
GET    /console/cases/{name}                                   office
GET    /console/cases/{name}/actions                           office
POST   /console/cases/{name}/actions                           regulator
GET    /console/cases/{name}/export                            office
GET    /console/cases/{name}/export/names                      office
POST   /console/cases/{name}/export/names                      regulator
GET    /console/cases/{name}/files                             office
POST   /console/cases/{name}/files                             regulator
GET    /console/cases/{name}/files/{evidence}                  office
POST   /console/cases/{name}/files/{evidence}                  regulator
GET    /console/complaints                                     office
POST   /console/complaints/{complaint}/text                    regulator
GET    /console/deeds                                          office
GET    /console/deeds/file                                     office
GET    /console/events/{position}                              office
GET    /console/events/{position}/receipt                      office
GET    /console/events/{source}/{name:path}                    office
GET    /console/find                                           office
GET    /console/live                                           office
GET    /console/loans                                          office
GET    /console/loans/{scope}/{name:path}                      office
GET    /console/log                                            office
GET    /console/log/parked                                     office
GET    /console/log/parked/{number:int}                        office
GET    /console/log/proofs                                     office
GET    /console/log/refused                                    office
GET    /console/log/refused/{number:int}                       office
GET    /console/mutes                                          office
POST   /console/mutes                                          regulator
GET    /console/mutes/{name}/end                               office
POST   /console/mutes/{name}/end                               regulator
GET    /console/overview                                       office
GET    /console/parties/{scope}/{name:path}                    office
GET    /console/platforms                                      office
GET    /console/platforms/{name}                               office
GET    /console/platforms/{name}/concentration                 office
GET    /console/platforms/{name}/conduct                       office
GET    /console/platforms/{name}/index                         office
GET    /console/platforms/{name}/money                         office
GET    /console/platforms/{name}/reconciliation                office
GET    /console/platforms/{name}/reports                       office
GET    /console/pledges/{scope}/{name:path}                    office
GET    /console/rulebooks                                      office
GET    /console/rulebooks/what-if                              office
GET    /console/rulebooks/{pack}                               office
GET    /console/rulebooks/{pack}/{rule}                        office
GET    /console/rules                                          office
GET    /console/rules/{name}                                   office
GET    /console/rules/{name}/backtest                          office
POST   /console/rules/{name}/backtest                          office
GET    /console/rules/{name}/document                          office
GET    /console/rules/{name}/history                           office
GET    /console/rules/{name}/run                               office
POST   /console/rules/{name}/run                               regulator
GET    /console/rules/{name}/runs                              office
GET    /console/rules/{name}/runs/{number:int}                 office
GET    /console/rules/{name}/shadow                            office
GET    /console/rules/{name}/statistics                        office
GET    /console/sanctions                                      office
GET    /console/sanctions/new                                  regulator
POST   /console/sanctions/new                                  regulator
GET    /console/sanctions/{name}/lift                          office
POST   /console/sanctions/{name}/lift                          regulator
GET    /console/sign-in                                        all
POST   /console/sign-in                                        all
GET    /console/sign-in/code                                   people
POST   /console/sign-in/code                                   all
GET    /console/sign-in/provider                               all
GET    /console/sign-in/provider/back                          all
POST   /console/sign-out                                       all
GET    /console/static/{digest}/{name:path}                    all
GET    /console/subscriptions                                  office
POST   /console/subscriptions                                  regulator
GET    /console/subscriptions/dead/{name}/retry                office
POST   /console/subscriptions/dead/{name}/retry                regulator
GET    /console/subscriptions/{name}/end                       office
POST   /console/subscriptions/{name}/end                       regulator
GET    /console/views                                          office
GET    /console/views/change                                   office
POST   /console/views/change                                   office
GET    /console/views/drop                                     office
POST   /console/views/drop                                     office
GET    /console/views/keep                                     office
POST   /console/views/keep                                     office
GET    /console/{rest:path}                                    all
GET    /my/complaints                                          investor
POST   /my/complaints                                          investor
GET    /my/data                                                investor
GET    /my/data/copy.zip                                       investor
GET    /my/enter                                               all
POST   /my/enter                                               all
GET    /my/limits                                              investor
GET    /my/loans                                               investor
GET    /my/loans/{platform}/{loan}                             investor
GET    /my/pledges                                             investor
GET    /my/pledges/{platform}/{pledge}                         investor
GET    /my/pledges/{platform}/{pledge}/receipts.json           investor
GET    /platform/alerts                                        platform
GET    /platform/alerts/{name}                                 platform
GET    /platform/events                                        platform
GET    /platform/events/{name:path}                            platform
POST   /platform/events/{name:path}                            platform
GET    /platform/held                                          platform
GET    /platform/held/parked/{number}                          platform
GET    /platform/held/refused/{number}                         platform
POST   /platform/held/refused/{number}                         platform
GET    /platform/keys                                          platform
POST   /platform/keys                                          platform
GET    /platform/overview                                      platform
GET    /platform/receipts/{name:path}                          platform
GET    /platform/sandbox                                       platform
POST   /platform/sandbox                                       platform
GET    /platform/{rest:path}                                   all
GET    /register                                               all
GET    /register/{platform}                                    all
GET    /register/{platform}/badge.json                         all
GET    /register/{platform}/badge.svg                          all
GET    /statistics                                             all
GET    /statistics.csv                                         all
GET    /verify                                                 all
GET    /checkpoint                                             all
GET    /docs                                                   all
GET    /docs/{name}                                            all
GET    /healthz                                                all
GET    /metrics                                                all
GET    /openapi.json                                           all
GET    /readyz                                                 all
GET    /tile/{path:path}                                       all
GET    /v1/alerts                                              platform office
GET    /v1/alerts/{name}                                       platform office
POST   /v1/alerts/{name}/actions                               regulator
GET    /v1/balances                                            office
GET    /v1/bids                                                platform office
GET    /v1/campaigns                                           platform office
GET    /v1/campaigns/{source}/{name}                           platform office
GET    /v1/cases                                               office
POST   /v1/cases                                               regulator
GET    /v1/cases/{name}                                        office
POST   /v1/cases/{name}/actions                                regulator
POST   /v1/cases/{name}/evidence                               regulator
POST   /v1/cases/{name}/evidence/{evidence}                    regulator
GET    /v1/cases/{name}/export                                 office
GET    /v1/casework                                            office
GET    /v1/checkpoint                                          all
GET    /v1/checkpoint/keys                                     all
GET    /v1/complaints                                          office
POST   /v1/complaints/{complaint}/text                         regulator
GET    /v1/corrections                                         platform office
POST   /v1/corrections/{source}/{name:path}/approve            platform regulator
POST   /v1/corrections/{source}/{name:path}/reject             platform regulator
POST   /v1/eligibility                                         platform
DELETE /v1/eligibility/reservations/{reservation}              platform
POST   /v1/events                                              platform regulator
GET    /v1/events/{source}/{name:path}                         platform office
GET    /v1/find                                                office
GET    /v1/flows                                               office
GET    /v1/impact                                              platform office
POST   /v1/investor-codes                                      platform
POST   /v1/investor-links                                      platform
GET    /v1/loans                                               platform office
GET    /v1/loans/{source}/{name}                               platform office
GET    /v1/loans/{source}/{name}/schedule                      platform office
GET    /v1/log/health                                          office
GET    /v1/me/complaints                                       investor
POST   /v1/me/complaints                                       investor
GET    /v1/me/data                                             investor
GET    /v1/me/eligibility                                      investor
GET    /v1/me/loans                                            investor
GET    /v1/me/pledges                                          investor
GET    /v1/me/receipts/{pledge}                                investor
GET    /v1/mutes                                               office
POST   /v1/mutes                                               regulator
GET    /v1/mutes/{name}                                        office
POST   /v1/mutes/{name}/end                                    regulator
GET    /v1/notifications/dead                                  office
POST   /v1/notifications/{name}/retry                          regulator
GET    /v1/overview                                            office
GET    /v1/parked                                              platform office
GET    /v1/parties/{source}/{name}/exposure                    platform office
GET    /v1/platform-index                                      office
GET    /v1/platforms                                           all
GET    /v1/platforms/{name}                                    all
GET    /v1/platforms/{name}/concentration                      office
GET    /v1/platforms/{name}/history                            office
GET    /v1/platforms/{name}/index                              office
GET    /v1/platforms/{name}/loans                              office
GET    /v1/platforms/{name}/reconciliation                     platform office
GET    /v1/platforms/{name}/reconciliation/{day}               platform office
GET    /v1/pledges                                             platform office
GET    /v1/pledges/{source}/{name}                             platform office
GET    /v1/proofs/consistency                                  all
GET    /v1/proofs/inclusion                                    all
GET    /v1/receipts                                            platform office
GET    /v1/receipts/{source}/{name:path}                       platform office
GET    /v1/reconciliations                                     office
GET    /v1/refusals                                            platform office
GET    /v1/reporting                                           platform office
GET    /v1/rulebooks                                           platform office
POST   /v1/rulebooks/what-if                                   platform office
GET    /v1/rulebooks/{pack}                                    platform office
GET    /v1/rulebooks/{pack}/changes                            platform office
GET    /v1/rules                                               office
GET    /v1/rules/{name}                                        office
POST   /v1/rules/{name}/backtest                               office
POST   /v1/rules/{name}/run                                    regulator
GET    /v1/rules/{name}/runs                                   office
GET    /v1/rules/{name}/runs/{number}                          office
GET    /v1/rules/{name}/shadow                                 office
GET    /v1/rules/{name}/versions                               office
GET    /v1/sanctions                                           office
POST   /v1/sanctions                                           regulator
GET    /v1/sanctions/{name}                                    office
POST   /v1/sanctions/{name}/lift                               regulator
GET    /v1/schemas                                             all
GET    /v1/schemas/{name}                                      all
GET    /v1/statistics                                          all
GET    /v1/subscriptions                                       office
POST   /v1/subscriptions                                       regulator
DELETE /v1/subscriptions/{name}                                regulator
POST   /v1/vault/erasures                                      regulator
GET    /v1/vault/erasures/{party}                              regulator
GET    /v1/vault/export                                        regulator
POST   /v1/vault/lookups                                       regulator
GET    /verify.py                                              all
"""
# What stands in an address where the table has a name: something that is nowhere, in a form that is read.
FILLED: Final = {
    "source": "platform:huizhong", "scope": "huizhong", "number": "999999", "position": "999999", "day": "2024-01-01",
    "reservation": "0" * 32, "digest": "0" * 12, "pack": "none", "name": "none-such", "rest": "nowhere",
}  # fmt: skip
KEYED: Final = (
    "/v1/",
    "/tile/",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/checkpoint",
    "/verify.py",
)
KEYS: Final = {"platform": "huizhong", "regulator": "registry", "auditor": "auditor"}  # an investor has none
OWN: Final = "/v1/me/"  # asked with the cookie of a session


class Address(NamedTuple):
    """A method with a route's pattern."""

    method: str
    pattern: str

    @property
    def path(self) -> str:
        return re.sub(r"{(\w+)(?::\w+)?}", lambda found: FILLED.get(found[1], "none-such"), self.pattern)

    @property
    def keyed(self) -> bool:
        """True for what programs ask with a key."""
        return self.pattern.startswith(KEYED) and not self.pattern.startswith(OWN)


def _table() -> dict[Address, frozenset[str]]:
    found = {}
    for line in TABLE.strip().splitlines():
        method, pattern, *groups = line.split()
        found[Address(method, pattern)] = frozenset().union(*(GROUPS[each] for each in groups))
    return found


def _addresses(house: House) -> Iterator[Address]:
    """All that the app serves."""
    routes = [each for each in create_app(house.services).routes if isinstance(each, Route)]
    for each in (*routes, *(route for router in ROUTERS for route in router.routes)):
        assert isinstance(each, Route) or hasattr(each, "methods"), f"{each} is no route that this test can ask"
        for method in sorted((each.methods or {"GET"}) - {"HEAD"}):
            yield Address(method, each.path)


@pytest.fixture(scope="module")
def everybody(house: House) -> Iterator[dict[str, httpx.Client]]:
    """By name: a client of each role with its session, with its key, and of nobody."""
    with psycopg.connect(house.dsn) as connection:
        for role in PEOPLE:
            source = {"platform": "platform:huizhong", "regulator": "registry"}.get(role)
            person = "a" * 64 if role == "investor" else None
            access_store.create_user(
                connection, role=role, name=f"may-{role}", password=mine.PASSWORD, source=source, person=person
            )
    house.catch_up()
    with ExitStack() as stack:
        found = {role: stack.enter_context(mine.signed_in(house, f"may-{role}")) for role in PEOPLE}
        found["nobody"] = stack.enter_context(house.client(None))
        for role, key in KEYS.items():
            found[f"{role}'s key"] = stack.enter_context(house.client(key))
        yield found


def _asks(house: House, client: httpx.Client, address: Address) -> httpx.Response:
    """As whoever holds the client; a form carries its session's token and nothing else."""
    sent: dict[str, Any] = {"headers": {"Accept": "application/json"}, "follow_redirects": False}
    token = client.cookies.get("crowdledger_session", "")
    csrf = {"csrf": house.services.gate.csrf(token)}
    if address.method == "POST" and not address.keyed and not address.pattern.startswith(OWN):
        sent |= {"data": csrf, "files": {"file": b""}} if address.pattern.endswith("/files") else {"data": csrf}
    elif address.method == "POST":
        sent["json"] = {"reason": "none"} if address.pattern.endswith("/reject") else {}
    with client.stream(address.method, address.path, **sent) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):
            answer.read()
        return answer


def _came_in(answer: httpx.Response) -> bool:
    """False where it was the role that was refused."""
    if answer.status_code == 303:
        where = answer.headers["location"]
        return where != "/console/sign-in" and not where.startswith("/console/sign-in?next=")
    if answer.status_code in {401, 403}:
        return answer.headers["content-type"] != "application/problem+json"
    return True


def _who_came_in(house: House, everybody: dict[str, httpx.Client], address: Address) -> frozenset[str]:
    answers = {}
    for who in ("nobody", *PEOPLE):
        comes = f"{who}'s key" if address.keyed and who in KEYS else who
        answers[who] = _asks(house, everybody[comes], address)
    for who, answer in answers.items():
        assert answer.status_code < 500, (address, who, answer.text)
        if address.pattern != "/v1/events":  # the measured path: JSON to programs, which send a key by a header
            assert answer.headers["x-content-type-options"] == "nosniff", (address, who)
    came = frozenset(who for who, answer in answers.items() if _came_in(answer))
    if "nobody" not in came:
        for who, answer in answers.items():
            if answer.status_code == 200 and not address.keyed:
                assert "no-store" in answer.headers["cache-control"], (address, who)
    return came


def test_every_address_stands_in_the_table(house: House) -> None:
    assert set(_addresses(house)) == _table().keys()


# Last, because it ends the session with which the others are asked.
ORDER: Final = sorted(_table(), key=lambda each: each.pattern == "/console/sign-out")


def test_who_may_is_who_comes_in(house: House, everybody: dict[str, httpx.Client]) -> None:
    wrong = []
    for address in ORDER:
        came = _who_came_in(house, everybody, address)
        if came != _table()[address]:
            wrong.append(f"{address.method} {address.pattern}: {sorted(came)}, not {sorted(_table()[address])}")
    assert not wrong, "\n".join(wrong)


def test_a_key_opens_no_page_and_a_session_no_address_of_keys(house: House, everybody: dict[str, httpx.Client]) -> None:
    with mine.signed_in(house, "may-regulator") as person:
        for address, who in _table().items():
            if "nobody" in who or address.pattern == "/console":
                continue
            client = person if address.keyed else everybody["regulator's key"]
            assert not _came_in(_asks(house, client, address)), address


def test_who_must_set_up_a_second_factor_does_that_and_nothing_else(
    house: House, everybody: dict[str, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert everybody
    monkeypatch.setattr(house.services.gate, "_require_totp", frozenset(PEOPLE))
    for role in PEOPLE:
        with mine.signed_in(house, f"may-{role}") as client:
            for address, who in _table().items():
                if "nobody" in who or address.keyed or address.pattern.startswith("/account") or role not in who:
                    continue
                answer = _asks(house, client, address)
                led = answer.headers.get("location") == "/account/second-factor"
                home = address.pattern in {"/console", "/console/sign-in/code"} and answer.status_code == 303
                assert led or home or not _came_in(answer), (address, role, answer.text)
