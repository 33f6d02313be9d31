"""A case as goAML XML and as a page: money from the evidence, names by the vault alone, violations by their path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from api.app import create_app
from api.case_export import goaml, profile
from api.case_export.movements import Movement, movements
from ledger.recorded import Recorded
from ops import compose
from ops.settings import Settings
from tests.api.house import House, assert_problem, campaign, event, listening, opening, pledge
from tests.api.test_alerts import SYSTEM, _finding
from tests.ledger.given import World
from tests.ledger.stories import come_back, deposit, funded, lent, market, release, repayment

SCHEMA = Path(__file__).with_name("goaml.xsd")
PROFILE = """
rentity_id = 42
currency_code_local = "CNY"
country = "CN"
report_code = "STR"
action = "Referred."
[reporting_person]
first_name = "Duty"
last_name = "Officer"
[indicators]
"C08-raise-cap" = ["CF08"]
"""


@pytest.fixture(scope="module")
def house(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "profile.toml").write_text(PROFILE)
    settings = Settings(
        data_dir=folder, secret_key="only for tests", goaml_profile=folder / "profile.toml", goaml_schema=SCHEMA
    )
    with compose.build(settings, module_database) as services, listening(create_app(services)) as url:
        house = House(url, module_database, settings, services)
        house.keys = {
            "registry": house.key("regulator", "registry", "lin"),
            "auditor": house.key("auditor", None),
            "huizhong": house.key("platform", "platform:huizhong"),
        }
        house.tell("registry", opening())
        yield house


@pytest.fixture(scope="module")
def case(house: House) -> str:
    parties = [each for each in campaign() if each["type"] != "party.registered"]
    zhang = {
        "party": "U-1", "kind": "person", "name": "Zhang San",
        "identity": {"scheme": "cn-id", "number": "110101199003070000"},
    }  # fmt: skip
    house.tell("huizhong", [
        event("party.registered", {"party": "I-1", "kind": "organisation"}),
        event("party.registered", zhang, name="u-1"),
        *parties, pledge("P-1"), event("pledge.collected", {"pledge": "P-1"}, time="2024-03-03T00:00:00+08:00"),
        event("funds.released", {"campaign": "C-9", "amount": 1200}, time="2024-03-04T00:00:00+08:00"),
    ])  # fmt: skip
    finding = _finding("C-9", "low", "huizhong", shareable=False)
    last = house.position()
    finding["data"] |= {"evidence": [*range(1, last + 1)], "evidence_count": last}
    finding["data"]["reason"] = {"zh": "超过<上限>", "en": "Above the <cap> & more"}
    assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    alert = house.get("registry", "/v1/alerts").json()["items"][0]["id"]
    with house.client("registry") as client:
        made = client.post("/v1/cases", json={"title": "<b>Raised & released</b>", "alerts": [alert]})
    name: str = made.json()["case"]
    house.catch_up()
    return name


def _goaml(house: House, case: str, who: str = "auditor", **query: str) -> Any:
    answer = house.get(who, f"/v1/cases/{case}/export", format="goaml", **query)
    assert answer.status_code == 200, answer.text
    return answer


def test_report_is_valid_and_has_the_money_of_the_evidence(house: House, case: str) -> None:
    answer = _goaml(house, case)
    assert (answer.headers["goaml-checked"], answer.headers["goaml-transactions"]) == ("valid", "2")
    root = etree.fromstring(answer.content)
    assert root.findtext("entity_reference") == case
    assert [each.text for each in root.iter("amount_local")] == ["50.00", "12.00"]
    assert [each.findtext("indicator") for each in root.iter("report_indicators")] == ["CF08"]
    assert "Above the <cap> & more" in (root.findtext("reason") or "")
    first = root.find("transaction")
    assert first is not None
    assert first.findtext("t_from/from_person/comments") == "party:huizhong/U-1"
    assert first.findtext("t_to/to_entity/name") == "Huizhong"
    assert root.findtext("transaction[2]/t_to/to_entity/comments") == "party:huizhong/I-1"
    assert b"Zhang" not in answer.content
    assert _goaml(house, case).content == answer.content, "the same case gives the same bytes"


def test_names_are_for_who_may_open_the_vault_and_says_why(house: House, case: str) -> None:
    for query, who, status in (
        ({"names": "true"}, "registry", 422),
        ({"names": "true", "reason": "report"}, "auditor", 403),
        ({"names": "true", "reason": "report"}, "huizhong", 403),
    ):
        refused = house.get(who, f"/v1/cases/{case}/export", format="goaml", **query)
        assert_problem(refused, status, refused.json()["code"])
    before = house.position()
    named = _goaml(house, case, "registry", names="true", reason="report to the unit")
    assert b"Zhang San" in named.content
    assert house.position() == before + 2, "one look per party, each an event"


def test_page_is_one_file_without_script(house: House, case: str) -> None:
    pages = {}
    for language in ("zh", "en"):
        answer = house.get("auditor", f"/v1/cases/{case}/export", format="html", language=language)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        pages[language] = answer.text
        for wrong in ("<script", "http://", "https://", "<b>Raised", "Zhang"):
            assert wrong not in answer.text
        assert "&lt;b&gt;Raised &amp; released" in answer.text
        assert "50.00 CNY" in answer.text
    assert 'lang="zh-Hans"' in pages["zh"]
    assert "超过&lt;上限&gt;" in pages["zh"]
    assert "Above the &lt;cap&gt;" in pages["en"]


def test_the_money_of_a_promise_is_followed(house: House) -> None:
    """Rules point at promises; what moved is their collection."""
    made = house.get("registry", "/v1/events/platform:huizhong/made-P-1").json()["position"]
    finding = _finding("C-9b", "low", "huizhong", shareable=False)
    finding["data"] |= {"evidence": [made], "evidence_count": 1}
    assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    alerts = {each["key"]["campaign"]: each["id"] for each in house.get("registry", "/v1/alerts").json()["items"]}
    with house.client("registry") as client:
        case = client.post("/v1/cases", json={"title": "A promise", "alerts": [alerts["C-9b"]]}).json()["case"]
    house.catch_up()
    root = etree.fromstring(_goaml(house, case).content)
    assert [each.text for each in root.iter("transaction_description")] == ["pledge.collected"]
    assert [each.text for each in root.iter("amount_local")] == ["50.00"]


def test_whose_export_it_is(house: House, case: str) -> None:
    assert_problem(house.get("huizhong", f"/v1/cases/{case}/export", format="html"), 403, "forbidden")
    assert_problem(house.get("auditor", "/v1/cases/K-2024-999999/export", format="html"), 404, "not_found")
    assert_problem(house.get("auditor", f"/v1/cases/{case}/export", format="pdf"), 422, "invalid_parameter")
    assert_problem(house.get("auditor", f"/v1/cases/{case}/export"), 422, "invalid_parameter")


def test_every_violation_has_its_path(house: House, case: str) -> None:
    xml = _goaml(house, case).content
    assert goaml.violations(xml, SCHEMA) == []
    broken = xml.replace(b"<rentity_id>42", b"<rentity_id>x").replace(b"<amount_local>12.00", b"<amount_local>a lot")
    found = goaml.violations(broken.replace(b"STR", b"XYZ"), SCHEMA)
    assert [each.path for each in found] == [
        "/report/rentity_id", "/report/report_code", "/report/transaction[2]/amount_local"
    ]  # fmt: skip
    assert all(each.reason for each in found)


def test_a_schema_that_is_none_is_said(tmp_path: Path) -> None:
    for text in ("", "<x/>", "not xml"):
        (tmp_path / "s.xsd").write_text(text)
        with pytest.raises(ValueError, match=r"s\.xsd can't be used"):
            goaml.violations(b"<report/>", tmp_path / "s.xsd")
    with pytest.raises(ValueError, match="can't be used"):
        goaml.violations(b"<report/>", tmp_path / "absent.xsd")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("rentity_id = 42", 'rentity_id = "x"'), "rentity_id"),
        (('report_code = "STR"', 'report_code = "ABC"'), "report_code"),
        (("rentity_id = 42", "colour = 1"), "colour|rentity_id"),
        (("rentity_id = 42", "rentity_id = "), "line 2"),
    ],
)
def test_profile_that_can_not_be_used(change: tuple[str, str], says: str) -> None:
    with pytest.raises(profile.ProfileError, match=says):
        profile.read(PROFILE.replace(*change))


def test_movements_are_real_money_from_one_to_another() -> None:
    world = World()
    for each in [*funded(), release(60), come_back(20)]:
        world.send(each)
    told = [(each.type, each.payer, each.payee, each.amount) for each in movements(_events(world))]
    assert told == [
        ("pledge.collected", "party:huizhong/U", "platform:huizhong", 100),
        ("funds.released", "platform:huizhong", "party:huizhong/I", 60),
        ("funds.returned", "party:huizhong/I", "platform:huizhong", 20),
    ]


def test_movements_of_loans_and_waiting_money() -> None:
    world = World()
    for each in [*market(), deposit(500), *lent()[len(market()) :], repayment(90, 9)]:
        world.attempt(each)
    found = movements(_events(world))
    assert all(isinstance(each, Movement) and each.amount > 0 for each in found)
    assert found[0].payer == found[0].payee == "party:huizhong/U"
    assert {each.type for each in found} >= {"deposit.received"}


def _events(world: World) -> list[Recorded]:
    return [*world.events.values()]
