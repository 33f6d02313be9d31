"""What everybody may see, over the real ledger: the register, the badge, its signature, statistics."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest

from ledger import badge
from ledger.badge import StandingError
from ledger.notes import parse_key
from tests.api.house import House, assert_problem, campaign, event, pledge

NASTY = "<script>alert(1)</script>\"\u202e&'</svg>"


@pytest.fixture(scope="module", autouse=True)
def people(house: House) -> None:
    about = {"platform": "nasty", "name": NASTY, "kinds": ["equity"], "jurisdiction": "CN", "region": NASTY[:40]}
    house.tell("registry", [event("platform.registered", about, "registry", name="nasty", time="2024-01-03T00:00:00Z")])
    house.tell("huizhong", [*campaign(), pledge("P-1")])
    house.catch_up()


def _open(house: House, path: str, **headers: str) -> httpx.Response:
    with httpx.Client(base_url=house.url, timeout=30) as client:
        return client.get(path, headers={"Accept-Language": "en", **headers})


def test_the_register_is_for_everybody_and_holds_nobody_s_name(house: House) -> None:
    page = _open(house, "/register")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "public, max-age=60"
    assert "Cookie" in page.headers["vary"]
    assert "set-cookie" not in page.headers
    assert "Huizhong" in page.text
    assert "L-huizhong" in page.text
    assert "<script" not in page.text, "no script, nobody's"
    assert "Rival" not in _open(house, "/register?text=huiz").text
    assert "no such platform" in _open(house, "/register?text=nobody").text
    assert "监管" in _open(house, "/register", **{"Accept-Language": "zh-CN"}).text
    assert _open(house, "/register?kind=casino").status_code == 422
    assert _open(house, "/register?x=1").status_code == 422
    assert _open(house, "/register/nobody").status_code == 404
    assert _open(house, "/").headers["location"] == "/register"


def test_hostile_names_stay_names(house: House) -> None:
    for path in ("/register", "/register/nasty"):
        assert "<script" not in _open(house, path).text
    picture = _open(house, "/register/nasty/badge.svg?lang=en")
    ET.fromstring(picture.text)
    assert "<script" not in picture.text
    texts = re.findall("<text[^>]*>(.*?)</text>", picture.text)
    assert all("\u202e" not in each for each in texts), "a direction mark would turn the line"


def test_the_badge_is_a_picture_for_other_people_s_pages(house: House) -> None:
    picture = _open(house, "/register/huizhong/badge.svg?lang=zh&theme=dark")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cross-origin-resource-policy"] == "cross-origin"
    assert picture.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in picture.headers
    assert "已获牌照" in picture.text
    assert "Licensed" in _open(house, "/register/huizhong/badge.svg?lang=en").text
    assert_problem(_open(house, "/register/nobody/badge.svg"), 404, "not_found")
    assert_problem(_open(house, "/register/huizhong/badge.svg?theme=pink"), 422, "invalid_parameter")
    assert "cross-origin-resource-policy" not in _open(house, "/register/huizhong").headers


def test_a_suspended_platform_s_badge_says_so_at_once(house: House) -> None:
    time = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    data = {"platform": "rival", "reason": "custody"}
    house.tell("registry", [event("platform.suspended", data, "registry", name="rival-s", time=time)])
    house.catch_up()
    assert "Suspended" in _open(house, "/register/rival/badge.svg?lang=en").text
    assert "Do not send it money" in _open(house, "/register/rival").text
    stated = _open(house, "/register/rival/badge.json").json()
    assert stated["statement"]["standing"] == "suspended"
    assert stated["statement"]["position"] == house.position()


def test_bans_are_public_and_warnings_are_not(house: House) -> None:
    for kind in ("warning", "new_business_ban"):
        body = {"subject": "platform:huizhong", "kind": kind, "begins": "2024-02-01", "text": f"secret-{kind}"}
        with house.client("registry") as client:
            assert client.post("/v1/sanctions", json=body).status_code == 201
    house.catch_up()
    page = _open(house, "/register/huizhong").text
    assert "Ban on new business" in page
    assert "Licensed, restricted" in page
    assert "Warning" not in page
    assert "secret" not in page, "the office's words are the office's"
    assert _open(house, "/register/huizhong/badge.json").json()["statement"]["sanctions"] == ["new_business_ban"]


def test_the_statement_verifies_with_the_log_s_key_and_no_flipped_byte_does(house: House) -> None:
    stated = _open(house, "/register/huizhong/badge.json").json()
    key, now = parse_key(stated["key"]), datetime.now(UTC)
    assert badge.read(stated["note"], key, now) == stated["statement"]
    assert stated["statement"]["platform"] == "huizhong"
    for place in range(0, len(stated["note"]), 7):
        changed = stated["note"][:place] + chr(ord(stated["note"][place]) ^ 1) + stated["note"][place + 1 :]
        with pytest.raises(StandingError):
            badge.read(changed, key, now)
    with pytest.raises(StandingError, match="ask for a new one"):
        badge.read(stated["note"], key, now + timedelta(hours=1))


def test_statistics_single_nobody_out(house: House) -> None:
    page = _open(house, "/statistics?months=24")
    assert page.status_code == 200
    assert "<script" not in page.text
    told = _open(house, "/v1/statistics?months=60").json()
    assert {"kind": "reward", "status": "licensed", "platforms": 1} in told["platforms"]
    cells = [each for month in told["items"] for each in month["figures"].values()]
    assert cells, "there is a pledge in these months"
    assert all(each == {"events": None, "amount": None} for each in cells), "it is of one platform alone"
    rows = _open(house, "/statistics.csv?months=24").text.splitlines()
    assert rows[0] == "month,currency,figure,events,amount_minor_units,withheld"
    assert _open(house, "/v1/statistics?months=0").status_code == 422
    assert _open(house, "/statistics?months=13").status_code == 422
    assert json.dumps(told).count("5000") == 0
