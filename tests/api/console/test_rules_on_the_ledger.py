"""Rules, laws and the log's health over the real thing: who may, what is refused in place, what is made once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from api.access import Role
from ledger.kernel import clock
from ledger.store import sealer, tree
from ops import access_store
from ops.scheduler import Scheduler
from tests.api.house import House, assert_problem, campaign, event, lines, pledge
from tests.ledger.store.grown import SIGNERS

PASSWORD = "a password for the tests"
RULE = "I17-pledge-velocity"
HOME = f"/console/rules/{RULE}"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module", autouse=True)
def _people(house: House) -> None:
    people: list[tuple[Role, str]] = [("regulator", "wang"), ("auditor", "shen")]
    with psycopg.connect(house.dsn) as connection:
        for role, name in people:
            source = "registry" if role == "regulator" else None
            access_store.create_user(
                connection, role=role, name=name, password=PASSWORD, source=source, person=None
            )  # fmt: skip
    house.tell("huizhong", [*campaign(), *(pledge(f"P-{n}") for n in range(30))])
    sent = [pledge("P-x", campaign="C-none"), pledge("P-bad", amount=HOSTILE), {"specversion": "1.0", "id": "n-1"}]
    house.post("huizhong", lines(sent), "application/x-ndjson")
    house.catch_up()


@pytest.fixture(scope="module")
def wang(house: House, _people: None) -> Iterator[httpx.Client]:
    with _signed_in(house, "wang") as client:
        yield client


@pytest.fixture(scope="module")
def reader(house: House, _people: None) -> Iterator[httpx.Client]:
    """A regulator who changes the language."""
    with _signed_in(house, "wang") as client:
        yield client


@contextmanager
def _signed_in(house: House, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=60) as client:
        form = {"name": name, "password": PASSWORD, "csrf": _token(client.get("/console/sign-in?lang=en").text)}
        assert client.post("/console/sign-in", data=form).status_code == 200
        yield client


def _token(page: str) -> str:
    found = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def _carry_out(house: House) -> None:
    def submit(events: object) -> list[object]:
        return []

    Scheduler(house.dsn, submit, now=house.services.now).carry_out_asked()


@pytest.mark.parametrize(
    "path",
    [
        "/console/rules", HOME, f"{HOME}/document", f"{HOME}/history", f"{HOME}/statistics", f"{HOME}/runs",
        f"{HOME}/backtest", f"{HOME}/shadow", "/console/rulebooks", "/console/rulebooks/us-regcf?on=2021-03-15",
        "/console/rulebooks/us-regcf?on=2021-03-15&from=2021-03-14",
        "/console/rulebooks/us-regcf/us.regcf.investor_limit",
        "/console/rulebooks/what-if", "/console/log", "/console/log/parked", "/console/log/refused",
        "/console/log/proofs",
        "/console/log/parked/1", "/console/log/refused/1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_every_page_is_shown_in_each_language(reader: httpx.Client, path: str, lang: str) -> None:
    reader.cookies.delete("crowdledger_lang")
    reader.cookies.set("crowdledger_lang", lang)
    page = reader.get(path)
    assert page.status_code == 200, page.text[:300]
    assert f'<html lang="{lang}"' in page.text
    assert HOSTILE not in page.text


def test_two_clicks_at_once_make_one_run(house: House) -> None:
    answers: list[httpx.Response] = []
    start = threading.Barrier(2)

    def click() -> None:
        with _signed_in(house, "wang") as client:
            token = _token(client.get(f"{HOME}/runs").text)
            start.wait()
            answers.append(client.post(f"{HOME}/run", data={"csrf": token}))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.status_code for each in answers} == {200}
    (address,) = {each.url.path for each in answers}
    runs = house.get("registry", f"/v1/rules/{RULE}/runs", kind="manual").json()["items"]
    assert [(run["status"], run["asked_by"]) for run in runs] == [("waiting", "wang")]
    assert "waits for the scheduler" in answers[0].text
    _carry_out(house)
    with _signed_in(house, "wang") as client:
        page = client.get(address).text
    assert f"crowdledger rules replay {runs[0]['number']}" in page
    assert "hx-trigger" not in page, "what has ended is not asked for again"


def test_run_over_the_api_can_be_polled(house: House) -> None:
    with house.client("registry") as client:
        answer = client.post("/v1/rules/C01-self-pledge/run")
        assert answer.status_code == 202
        assert answer.json()["status"] == "waiting"
        assert client.get(answer.headers["Location"]).json()["asked_by"] == "lin"
        assert_problem(client.post("/v1/rules/X99-none/run"), 404, "not_found")
    for who in ("auditor", "huizhong"):
        with house.client(who) as client:
            assert_problem(client.post("/v1/rules/C01-self-pledge/run"), 403, "forbidden")


def test_auditor_runs_nothing(house: House) -> None:
    with _signed_in(house, "shen") as shen:
        page = shen.get(f"{HOME}/runs").text
        assert f'action="{HOME}/run"' not in page
        assert shen.post(f"{HOME}/run", data={"csrf": _token(page)}).status_code == 403
        token = _token(shen.get(f"{HOME}/backtest").text)
        form = {"csrf": token, "from": "2024-03-01", "to": "2024-03-03"}
        assert shen.post(f"{HOME}/backtest", data=form).status_code == 200, "to ask what would have been is to read"


def test_backtest_shows_what_comes_and_goes(wang: httpx.Client) -> None:
    token = _token(wang.get(f"{HOME}/backtest").text)
    form = {"csrf": token, "from": "2024-02-25", "to": "2024-03-10", "p_k_day": "2",
            "labels": "entity,first_day,last_day\nparty:huizhong/U-1,2024-03-01,2024-03-03"}  # fmt: skip
    page = wang.post(f"{HOME}/backtest", data=form)
    assert page.status_code == 200, page.text[:300]
    for shown in (
        "Findings by day",
        "Matters that reach a score",
        "Precision and recall",
        "Found only with these thresholds",
    ):
        assert shown in page.text, shown
    assert "data-chart=" in page.text


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"to": "2031-01-01"}, 422, "too_long"),
        ({"to": "2023-01-01"}, 422, "is before"),
        ({"from": HOSTILE}, 422, "is to be a day"),
        ({"p_k_day": "1; DROP TABLE events"}, 422, "a whole number"),
        ({"p_k_day": "9" * 30}, 422, "beyond what a parameter may be"),
        ({"p_nonsense": "1"}, 422, "no field"),
        ({"labels": "nonsense"}, 422, "the first line is to be"),
        ({"labels": 'entity,first_day,last_day\n"a'}, 422, "no CSV"),
    ],
)  # fmt: skip
def test_backtest_that_cannot_be_asked_is_refused_in_place(
    wang: httpx.Client, changes: dict[str, str], status: int, told: str
) -> None:
    token = _token(wang.get(f"{HOME}/backtest").text)
    page = wang.post(f"{HOME}/backtest", data={"csrf": token, "from": "2024-03-01", "to": "2024-03-03", **changes})
    assert page.status_code == status
    assert told in page.text
    assert 'name="from"' in page.text, "the form is still there"
    assert HOSTILE not in page.text


def test_law_is_tried_with_its_citation(wang: httpx.Client, house: House) -> None:
    asked = {"jurisdiction": "US", "kind": "equity", "currency": "USD", "amount": "5,000", "annual_income": "60000",
             "net_worth": "40000", "raised": "0", "on": "2026-11-01"}  # fmt: skip
    page = wang.get("/console/rulebooks/what-if", params=asked).text
    assert "does not allow it" in page
    assert "227.100(a)(2)" in page
    assert "The law of 1 Nov 2026 allows it" in wang.get(
        "/console/rulebooks/what-if", params={**asked, "amount": "3,000"}
    ).text.replace("\xa0", " ")
    body = {"jurisdiction": "US", "kind": "equity", "currency": "USD", "amount": 300_001, "on": "2026-11-01",
            "figures": {"annual_income": 6_000_000, "net_worth": 4_000_000}, "raised_by_issuer": 0}  # fmt: skip
    with house.client("huizhong") as client:
        answer = client.post("/v1/rulebooks/what-if", json=body).json()
        assert (answer["allowed"], answer["limit"], answer["remaining"]) == (False, 300_000, 300_000)
        assert client.post("/v1/rulebooks/what-if", json={**body, "amount": 300_000}).json()["allowed"] is True
        for wrong in ({"jurisdiction": "XX"}, {"currency": "ZZZ"}, {"figures": {"luck": 1}}, {"amount": 0}):
            assert_problem(client.post("/v1/rulebooks/what-if", json={**body, **wrong}), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "query", ["jurisdiction=US&kind=equity&currency=USD&amount=abc", "amount=1", f"currency={HOSTILE}",
              "amount=-1&currency=CNY", "jurisdiction=CN&kind=lending&currency=CNY&amount=1e999999999"],
)  # fmt: skip
def test_what_cannot_be_supposed_is_said_in_place(wang: httpx.Client, query: str) -> None:
    page = wang.get(f"/console/rulebooks/what-if?{query}")
    assert page.status_code == 422
    assert 'name="jurisdiction"' in page.text
    assert HOSTILE not in page.text


def test_what_is_from_memory_is_marked_as_never_applied(wang: httpx.Client) -> None:
    page = wang.get("/console/rulebooks/us-regcf/us.regcf.funds").text
    assert "from memory and was not read in its source" in page
    assert "unverified: never applied" in wang.get("/console/rulebooks/us-regcf").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/console/rules?family=Z", 422), ("/console/rules?q=a&q=b", 422), (f"{HOME}/runs?kind=none", 422),
        (f"{HOME}/runs?cursor=zzz", 422), (f"{HOME}/runs/99999", 404), (f"{HOME}/runs/{10**30}", 404),
        (f"{HOME}/shadow?budget=0", 422), ("/console/rules/X99-none/backtest", 404), ("/console/rulebooks/none", 404),
        ("/console/rulebooks/us-regcf/none", 404), ("/console/rulebooks?on=yesterday", 422),
        ("/console/log/refused/99999", 404), (f"/console/log/parked/{10**30}", 404),
        ("/console/log/refused?code=none", 422),
        ("/console/log/proofs?position=99999999", 404), ("/console/log/proofs?from=5&to=2", 422),
        ("/console/log/proofs?from=abc&to=2", 422),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_understood_is_said(wang: httpx.Client, path: str, status: int) -> None:
    assert wang.get(path).status_code == status


def test_refusals_are_counted_as_they_are_written(house: House, wang: httpx.Client) -> None:
    parked, refused = house.services.reads.log_counts().value
    assert parked == 1
    with psycopg.connect(house.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM refusals").fetchone()
    assert row == (refused,)
    house.post("huizhong", event("pledge.made", {"pledge": HOSTILE}, name="again"))
    assert house.services.reads.log_counts().value == (1, refused + 1)
    health = house.get("auditor", "/v1/log/health").json()
    assert sum(health["refused_ever"].values()) == refused + 1
    assert sum(each["refused"] for each in health["refused"]) == refused + 1
    assert health["waiting"]["by_kind"] == {"campaign": 1}
    assert_problem(house.get("huizhong", "/v1/log/health"), 403, "forbidden")
    page = wang.get("/console/log").text
    assert "Malformed" in page
    assert "campaign:huizhong/C-none" in page


def test_refused_body_is_withheld_as_over_the_api(wang: httpx.Client, house: House) -> None:
    secret = {"party": "U-77", "kind": "person", "name": "Zhang Secret", "oops": "Li Hidden"}
    house.post("huizhong", event("party.registered", secret, name="names"))
    newest = house.services.reads.refused(None, None, None, 1).value[0]
    page = wang.get(f"/console/log/refused/{newest.number}").text
    assert "Zhang Secret" not in page
    assert "Li Hidden" not in page
    assert "withheld" in page


def test_proof_is_checked_in_place(wang: httpx.Client, house: House) -> None:
    with psycopg.connect(house.dsn, autocommit=True) as connection:
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        sealer.seal(connection, SIGNERS)
    page = wang.get("/console/log/proofs?from=1&to=5").text
    assert "checked: it holds" in page
    assert "checked: it holds" in wang.get("/console/log/proofs?position=3").text
    assert "Copy the note" in wang.get("/console/log").text
