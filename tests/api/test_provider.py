"""Signing in by an identity provider, over real HTTP and with a real key; every answer that must not be believed."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from api.app import create_app
from ops import access_store, compose
from ops.settings import Settings, SettingsError
from tests.api.house import House, listening
from tests.api.idp import CLIENT, SECRET, Provider

THERE, BACK = "/console/sign-in/provider", "/console/sign-in/provider/back"
ROLES = "supervision-officer=regulator,audit=auditor"


@pytest.fixture(scope="module")
def idp() -> Iterator[Provider]:
    provider = Provider()
    with listening(provider.app()) as url:
        provider.issuer = url
        yield provider


@pytest.fixture(scope="module")
def house(idp: Provider, module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = Settings.load({
        "CROWDLEDGER_DATA_DIR": str(tmp_path_factory.mktemp("data")), "CROWDLEDGER_OIDC_ISSUER": idp.issuer,
        "CROWDLEDGER_OIDC_CLIENT_ID": CLIENT, "CROWDLEDGER_OIDC_CLIENT_SECRET": SECRET,
        "CROWDLEDGER_OIDC_ROLES": ROLES, "CROWDLEDGER_OIDC_ROLE_CLAIM": "realm_access.roles",
    })  # fmt: skip
    with compose.build(settings, module_database) as services, listening(create_app(services)) as url:
        made = House(url, module_database, settings, services)
        made.catch_up()
        yield made


@pytest.fixture
def lin(idp: Provider, request: pytest.FixtureRequest) -> Provider:
    """An officer whom nobody has seen yet."""
    name = request.node.name[:100]
    idp.person = {
        "sub": name,
        "preferred_username": f"Lin {name}"[:128],
        "realm_access": {"roles": ["supervision-officer"]},
    }
    idp.change = idp.id_token = idp.signer = None
    return idp


def _browser(house: House) -> httpx.Client:
    return httpx.Client(base_url=house.url, follow_redirects=True, timeout=30, headers={"Accept-Language": "en"})


def _go(house: House, wanted: str = "") -> httpx.Response:
    with _browser(house) as client:
        return client.get(THERE, params={"next": wanted} if wanted else None)


def _user(house: House, subject: str) -> Any:
    with psycopg.connect(house.dsn) as connection:
        return connection.execute("SELECT name, role, issuer FROM users WHERE subject = %s", [subject]).fetchone()


def test_an_officer_comes_in_and_is_led_to_the_page_she_wanted(house: House, lin: Provider) -> None:
    with _browser(house) as client:
        assert THERE in client.get("/console/sign-in").text
        page = client.get(THERE, params={"next": "/account?done=x"})
        assert (page.url.path, page.status_code) == ("/account", 200)
        assert lin.person["preferred_username"] in page.text
        assert lin.issuer in page.text
    assert _user(house, lin.person["sub"]) == (lin.person["preferred_username"], "regulator", lin.issuer)
    assert [each.what for each in house.services.reads.door_log(None, 1, None).value] == ["signed_in"]


def test_nobody_is_led_elsewhere(house: House, lin: Provider) -> None:
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example/", "/%2f/evil.example"):
        with _browser(house) as client:
            client.get(THERE, params={"next": elsewhere}, follow_redirects=True)
            assert client.get("/account").status_code == 200
            assert all("evil" not in str(each.headers.get("location")) for each in client.get("/").history)


def _changed(**claims: Any) -> Any:
    return lambda found: found.update(claims)


WRONG = {
    "another nonce": _changed(nonce="another"),
    "no nonce": lambda found: found.pop("nonce"),
    "another audience": _changed(aud="another"),
    "two audiences without azp": _changed(aud=[CLIENT, "another"]),
    "two audiences, another's": _changed(aud=[CLIENT, "another"], azp="another"),
    "another issuer": _changed(iss="https://evil.example"),
    "no issuer": lambda found: found.pop("iss"),
    "expired": lambda found: found.update(exp=int(time.time()) - 60),
    "no expiry": lambda found: found.pop("exp"),
    "made tomorrow": lambda found: found.update(iat=int(time.time()) + 86400),
    "not yet valid": lambda found: found.update(nbf=int(time.time()) + 600),
    "no subject": lambda found: found.pop("sub"),
    "empty subject": _changed(sub=""),
    "wrong access token": _changed(at_hash="bm9wZQ"),
}


@pytest.mark.parametrize("how", WRONG)
def test_wrong_claims_let_nobody_in(house: House, lin: Provider, how: str) -> None:
    lin.change = WRONG[how]
    page = _go(house)
    assert (page.status_code, page.url.path) == (403, BACK), how
    assert "answer can&#39;t be trusted" in page.text, how
    assert _user(house, lin.person["sub"]) is None


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in ({"alg": "none"}, claims)]
    return b".".join([*parts, b""]).decode()


def test_a_token_that_nobody_signed_lets_nobody_in(house: House, lin: Provider) -> None:
    lin.id_token = _unsigned
    assert _go(house).status_code == 403
    lin.id_token = lambda claims: jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
    assert _go(house).status_code == 403, "nor one signed with what is no secret of the provider alone"
    lin.id_token = lambda _claims: "nonsense"
    assert _go(house).status_code == 403
    lin.id_token, lin.signer = None, RSAKey.generate_key(2048, {"kid": "one"})
    assert _go(house).status_code == 403, "nor another key that calls itself the same"
    assert _user(house, lin.person["sub"]) is None


def test_new_keys_of_the_provider_are_fetched(house: House, lin: Provider) -> None:
    assert _go(house).status_code == 200
    before = lin.asked.count("document")
    lin.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider = house.services.provider
    provider._keys = (provider._keys[0], provider._keys[1] - 60)
    assert _go(house).status_code == 200
    assert lin.asked.count("document") == before, "what the provider says of itself is remembered"


def test_a_state_is_used_once_by_its_own_browser(house: House, lin: Provider) -> None:
    with _browser(house) as mine, _browser(house) as theirs:
        away = mine.get(THERE, follow_redirects=False)
        back = httpx.get(away.headers["location"], follow_redirects=False).headers["location"]
        stolen = theirs.get(back)
        assert (stolen.status_code, "belongs to another browser" in stolen.text) == (403, True)
        assert mine.get(back).status_code == 200
        mine.cookies.delete("crowdledger_session")
        again = mine.get(back)
        assert (again.status_code, "was used before" in again.text) == (403, True)
        assert mine.get(BACK, params={"state": "made up", "code": "x"}).status_code == 403


def test_what_the_provider_declines_is_said(house: House, lin: Provider) -> None:
    with _browser(house) as client:
        away = client.get(THERE, follow_redirects=False)
        state = httpx.URL(away.headers["location"]).params["state"]
        page = client.get(BACK, params={"state": state, "error": "access_denied<script>"})
        assert page.status_code == 403
        assert "did not confirm who you are" in page.text
        assert "<script>" not in page.text.partition("access_denied")[2][:20]
        away = client.get(THERE, follow_redirects=False)
        state = httpx.URL(away.headers["location"]).params["state"]
        mixed = client.get(BACK, params={"state": state, "code": "x", "iss": "https://evil.example"})
        assert "another issuer" in mixed.text
        away = client.get(THERE, follow_redirects=False)
        state = httpx.URL(away.headers["location"]).params["state"]
        assert "invalid_grant" in client.get(BACK, params={"state": state, "code": "made up"}).text


def test_without_a_role_nobody_comes_in_and_who_lost_it_is_out(house: House, lin: Provider) -> None:
    with _browser(house) as client:
        client.get(THERE)
        assert client.get("/account").url.path == "/account"
        lin.person["realm_access"] = {"roles": ["canteen"]}
        assert "none of your roles" in _go(house).text
        assert client.get("/account").url.path == "/console/sign-in"
    lin.person["realm_access"] = {"roles": ["audit", "canteen"]}
    assert _go(house).status_code == 200
    assert _user(house, lin.person["sub"])[1] == "auditor"


def test_a_disabled_user_stays_out(house: House, lin: Provider) -> None:
    assert _go(house).status_code == 200
    with psycopg.connect(house.dsn) as connection:
        access_store.disable_user(connection, lin.person["preferred_username"])
    page = _go(house)
    assert (page.status_code, "was withdrawn" in page.text) == (403, True)


def test_a_name_that_is_taken_is_never_taken_over(house: House, lin: Provider) -> None:
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(
            connection, role="regulator", name="boss", password="x" * 12, source="registry", person=None
        )
    for subject, name in (("b-1", "BOSS (2)"), ("b-2", "boss (3)"), ("b-1", "BOSS (2)")):
        lin.person |= {"sub": subject, "preferred_username": name.partition(" ")[0]}
        assert _go(house).status_code == 200
        assert _user(house, subject)[0] == name
    lin.person |= {"sub": "b-1", "preferred_username": "somebody else"}
    _go(house)
    assert _user(house, "b-1")[0] == "BOSS (2)", "a name is for life: acts in the log go by it"
    with psycopg.connect(house.dsn) as connection:
        ((stored,),) = connection.execute("SELECT password_hash FROM users WHERE subject = 'b-1'").fetchall()
    assert stored == ""


def test_without_its_provider_the_server_says_so(house: House, lin: Provider) -> None:
    provider = house.services.provider
    document = provider._document
    try:
        provider._document = ({**document[0], "token_endpoint": "http://127.0.0.1:9/"}, document[1])
        page = _go(house)
        assert (page.status_code, "unavailable" in page.text) == (503, True)
    finally:
        provider._document = document


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"CROWDLEDGER_OIDC_ISSUER": "https://a.example"}, "together"),
        ({"CROWDLEDGER_OIDC_ISSUER": "http://a.example", "CROWDLEDGER_OIDC_CLIENT_ID": "x"}, "https"),
        ({"CROWDLEDGER_OIDC_ISSUER": "https://a.example", "CROWDLEDGER_OIDC_CLIENT_ID": "x"}, "OIDC_ROLES is empty"),
        ({"CROWDLEDGER_OIDC_ISSUER": "https://a.example", "CROWDLEDGER_OIDC_CLIENT_ID": "x",
          "CROWDLEDGER_OIDC_ROLES": "a=investor"}, "a=investor"),
        ({"CROWDLEDGER_REQUIRE_TOTP": "regulator,boss"}, "boss"),
        ({"CROWDLEDGER_LINKS_SHOW": "some"}, "some"),
    ],
)  # fmt: skip
def test_settings_that_can_not_work_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.load(settings)


def test_links_show_what_their_platform_knows_unless_the_operator_says_otherwise() -> None:
    assert not Settings.load({}).sign_in.links_show_all
    assert not Settings.load({"CROWDLEDGER_LINKS_SHOW": "own"}).sign_in.links_show_all
    assert Settings.load({"CROWDLEDGER_LINKS_SHOW": "all"}).sign_in.links_show_all
