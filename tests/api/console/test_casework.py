"""Casework at the console over the real ledger: two officers, an auditor, hostile texts, files, races, all twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from api.access import Role
from ledger.events.cases import EVIDENCE_BYTES_MAX
from ops import access_store
from tests.api.console.test_on_the_ledger import PASSWORD, SYSTEM
from tests.api.house import House

HOSTILE = "<script>alert('案')</script>\" onmouseover=\"x"
RULE = "I17-pledge-velocity"


@pytest.fixture(scope="module")
def office(house: House) -> House:
    """Two officers, an auditor, a platform's user; alerts of both kinds, one for each test."""
    people: list[tuple[Role, str, str | None]] = [
        ("regulator", "qian", "registry"), ("regulator", "sun", "registry"), ("auditor", "zhou", None),
        ("platform", "wu", "platform:huizhong"),
    ]  # fmt: skip
    with psycopg.connect(house.dsn) as connection:
        for role, name, source in people:
            access_store.create_user(connection, role=role, name=name, password=PASSWORD, source=source, person=None)
    for number in range(14):
        finding = _finding(f"U-{number}", "high" if number < 4 else "low")
        assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    return house


@pytest.fixture
def qian(office: House) -> Iterator[httpx.Client]:
    """An officer, reading English."""
    with _signed_in(office, "qian") as client:
        yield client


@pytest.fixture
def sun(office: House) -> Iterator[httpx.Client]:
    """Another."""
    with _signed_in(office, "sun") as client:
        yield client


def test_an_alert_becomes_a_case_that_two_people_close(office: House, qian: httpx.Client, sun: httpx.Client) -> None:
    alert = _alert(office, "U-0")
    form = qian.get(f"/console/alerts/{alert}").text
    assert f"/console/cases/new?alert={alert.replace(':', '%3A')}" in form
    case = _open(office, qian, alert, title=HOSTILE)
    page = _get(office, qian, case)
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "CN" in page
    assert alert in page
    assert case in qian.get(f"/console/alerts/{alert}").text
    done = _act(office, qian, case, action="close", outcome="confirmed", text="proven")
    assert "Waiting for a second person" in done
    assert "You asked to close this case" in done
    assert 'value="close"' not in done, "the first of two is offered nothing to confirm"
    refused = _post(qian, case, action="close", outcome="confirmed", text="me again")
    assert refused.status_code == 409
    assert "another person has to close it" in refused.text
    assert "A second person is needed" in refused.text
    assert "qian asked to close this case" in _get(office, sun, case)
    _act(office, sun, case, action="close", outcome="confirmed", text="seen too")
    steps = office.get("registry", f"/v1/cases/{case}").json()["history"]
    assert [(step["step"], step["by"]) for step in steps] == [
        ("opened", "qian"), ("close_requested", "qian"), ("closed", "sun"),
    ]  # fmt: skip
    assert "closed it with its case" in qian.get(f"/console/alerts/{alert}").text
    assert "reopened it" in _act(office, qian, case, action="reopen", text="a new witness")


def test_every_page_speaks_chinese_too(office: House) -> None:
    case = _first_case(office)
    with _signed_in(office, "qian", "zh-Hans") as client:
        for path, words in {
            "/console/cases": "看板", f"/console/cases/{case}": "可办事项", "/console/cases/new": "立案",
            "/console/mutes": "静默", "/console/sanctions": "处置措施", "/console/sanctions/new": "作出处置",
            "/console/subscriptions": "订阅",
        }.items():  # fmt: skip
            page = client.get(path)
            assert page.status_code == 200, path
            assert words in page.text, path


def test_a_form_that_is_sent_twice_is_one_event(office: House, qian: httpx.Client) -> None:
    alert = _alert(office, "U-4")
    form = _hidden(qian.get(f"/console/cases/new?alert={alert}").text)
    fields = {**form, "title": "Twice", "alerts": alert}
    first, second = (qian.post("/console/cases/new", data=fields) for _ in range(2))
    assert first.url.path == second.url.path
    case = first.url.path.rpartition("/")[2]
    office.catch_up()
    note = {**_hidden(_get(office, qian, case), "note"), "action": "note", "text": "once"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: qian.post(f"/console/cases/{case}/actions", data=note), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert [each["step"] for each in _history(office, case)] == ["opened", "noted"]
    other = qian.post(f"/console/cases/{case}/actions", data={**note, "text": "something else"})
    assert other.status_code == 409
    assert "sent before with something else" in other.text
    assert "something else</textarea>" in other.text, "what was typed stays"
    again = {**_hidden(other.text, "note"), "action": "note", "text": "something else"}
    assert qian.post(f"/console/cases/{case}/actions", data=again).status_code == 200
    assert [each["step"] for each in _history(office, case)] == ["opened", "noted", "noted"]


def test_what_another_did_meanwhile_is_said_before_it_is_undone(
    office: House, qian: httpx.Client, sun: httpx.Client
) -> None:
    case = _open(office, qian, _alert(office, "U-5"))
    seen = _hidden(_get(office, qian, case), "assign")
    _act(office, sun, case, action="assign", to="sun")
    late = qian.post(f"/console/cases/{case}/actions", data={**seen, "action": "assign", "to": "qian"})
    assert late.status_code == 409
    assert "Somebody else has changed this case in the meantime" in late.text
    assert "to sun" in late.text, "what was done is shown"
    assert office.get("registry", f"/v1/cases/{case}").json()["assignee"] == "sun"
    again = {**_hidden(late.text, "assign"), "action": "assign", "to": "qian"}
    assert qian.post(f"/console/cases/{case}/actions", data=again).status_code == 200
    office.catch_up()
    assert office.get("registry", f"/v1/cases/{case}").json()["assignee"] == "qian"


def test_of_two_who_close_at_once_one_is_told_so(office: House, qian: httpx.Client, sun: httpx.Client) -> None:
    case = _open(office, qian, _alert(office, "U-6"))
    forms = [(who, _hidden(_get(office, who, case), "close")) for who in (qian, sun)]

    def close(pair: tuple[httpx.Client, dict[str, str]]) -> httpx.Response:
        who, form = pair
        fields = {**form, "action": "close", "outcome": "justified_look", "text": "done"}
        return who.post(f"/console/cases/{case}/actions", data=fields)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(close, forms))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert "does not allow this now" in loser.text or "Somebody else has changed" in loser.text
    assert [each["step"] for each in _history(office, case)] == ["opened", "closed"]


def test_files_go_in_sealed_and_come_out_as_downloads(office: House, qian: httpx.Client) -> None:
    case = _open(office, qian, _alert(office, "U-7"))
    content = b"<script>alert(1)</script>"
    name = "..\\..\\/etc/<b>\u202egpj.exe</b>\r\nX: y.html"
    form = _hidden(_get(office, qian, case))
    first = _upload(qian, case, form, name, content, "text/html")
    assert first.status_code == 200, first.text
    twice = _upload(qian, case, form, name, content, "text/html")
    assert twice.status_code == 200
    office.catch_up()
    files = office.get("registry", f"/v1/cases/{case}").json()["files"]
    assert len(files) == 1, "the same form is the same file"
    assert files[0]["digest"] == hashlib.sha256(content).hexdigest()
    assert not re.search(r"[\x00-\x1f/\\\u202e]", files[0]["name"])
    assert _upload(qian, case, _hidden(_get(office, qian, case)), name, content, "text/html").status_code == 200
    office.catch_up()
    assert len(office.get("registry", f"/v1/cases/{case}").json()["files"]) == 2, "another form, another file"
    page = _get(office, qian, case)
    assert files[0]["digest"] in page
    assert "<b>" not in page
    address = f"/console/cases/{case}/files/{files[0]['evidence']}"
    untold = qian.post(address, data={"csrf": form["csrf"]})
    assert untold.status_code == 422
    assert content not in untold.content
    given = qian.post(address, data={"csrf": form["csrf"], "reason": "for the report"})
    assert given.content == content
    assert given.headers["content-type"] == "application/octet-stream"
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in given.headers["content-security-policy"]
    assert [each["step"] for each in _history(office, case)][-1] == "evidence_opened"


def test_files_that_are_empty_or_too_large_or_no_form_are_told_apart(office: House, qian: httpx.Client) -> None:
    case = _open(office, qian, _alert(office, "U-8"))
    form = _hidden(_get(office, qian, case))
    empty = _upload(qian, case, form, "empty.pdf", b"", "application/pdf")
    assert empty.status_code == 422
    assert "or it is empty" in empty.text
    large = _upload(qian, case, form, "large.bin", b"x" * (EVIDENCE_BYTES_MAX + 1), "application/pdf")
    assert large.status_code == 413
    fits = _upload(qian, case, form, "fits.bin", b"x" * EVIDENCE_BYTES_MAX, "no type at all")
    assert fits.status_code == 200
    office.catch_up()
    (file,) = office.get("registry", f"/v1/cases/{case}").json()["files"]
    assert (file["size"], file["media_type"]) == (EVIDENCE_BYTES_MAX, "application/octet-stream")
    path = f"/console/cases/{case}/files"
    assert qian.post(path, data=form).status_code == 415
    multipart = {"Content-Type": "multipart/form-data; boundary=b"}
    assert qian.post(path, content=b"--b\r\nnonsense", headers=multipart).status_code == 400
    torn = b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + form["csrf"].encode()
    assert qian.post(path, content=torn, headers=multipart).status_code == 400
    stranger = {**form, "csrf": "0" * 64}
    assert _upload(qian, case, stranger, "a.pdf", b"x", "application/pdf").status_code == 403


def test_an_agency_keeps_a_case_open_until_it_answers(office: House, qian: httpx.Client) -> None:
    case = _open(office, qian, _alert(office, "U-9"))
    page = _act(office, qian, case, action="refer", agency="police", text="with the list")
    assert "It can&#39;t be closed while an agency has it" in page
    assert 'value="close"' not in page
    refused = _post(qian, case, action="close", outcome="confirmed", text="x")
    assert refused.status_code == 409
    assert "An agency has the case" in refused.text
    page = _act(office, qian, case, action="update_referral", agency="police", status="answered", reference="P-7")
    assert "reference P-7" in page
    assert 'value="close"' in page
    bad = _post(qian, case, action="set_due", due="not a day", text="kept as typed")
    assert bad.status_code == 422
    assert "kept as typed</textarea>" in bad.text
    assert "2031" in _act(office, qian, case, action="set_due", due="2031-03-03", text="by the court")


def test_the_board_filters_and_pages(office: House, qian: httpx.Client) -> None:
    late = _open(office, qian, _alert(office, "U-10"), title="Late one", due="2024-01-02", assignee="sun")
    ended = _open(office, qian, _alert(office, "U-11"), title="Ended one")
    _act(office, qian, ended, action="close", outcome="false_positive", reason="data_error", text="made good")
    _open(office, qian, "", title="Without alerts", jurisdiction="CN")
    board = qian.get("/console/cases").text
    assert re.search(r"Overdue by [\d,]+ working days", board)
    assert board.index("In hand") < board.index("Late one") < board.index(ended)
    for query, has, lacks in [
        ("overdue=1", late, ended), ("status=closed", ended, late), ("owner=sun", late, ended),
        ("owner=-", "Without alerts", late), ("text=LATE+ONE", late, ended),
        ("platform=huizhong", late, "Without alerts"),
        ("view=list&status=closed", ended, late), ("view=list&text=" + late, late, ended),
    ]:  # fmt: skip
        page = qian.get(f"/console/cases?{query}").text
        assert has in page, query
        assert lacks not in page, query
    assert late not in qian.get("/console/cases?mine=1").text
    assert "No cases match" in qian.get("/console/cases?view=list&text=nothing-like-this").text
    for bad in (
        "status=lost",
        "view=wall",
        "platform=nowhere",
        "what=1",
        "mine=2",
        "text=a&text=b",
        "cursor=x&view=list",
    ):
        assert qian.get(f"/console/cases?{bad}").status_code == 422, bad


def test_a_list_goes_on_where_it_ended(office: House, qian: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.console.office.cases.PAGE", 2)
    for status in ("unsettled", "closed"):
        found: list[str] = []
        address = f"/console/cases?view=list&status={status}"
        while address:
            page = qian.get(address).text
            found += re.findall(r'class="what" href="/console/cases/(K-[0-9-]+)"', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = following[1].replace("&amp;", "&") if following else ""
        wanted = [
            each["id"]
            for each in office.get("registry", "/v1/cases", limit=1000).json()["items"]
            if (each["status"] == "closed") == (status == "closed")
        ]
        assert sorted(found) == sorted(wanted)
        assert len(set(found)) == len(found)


def test_a_matter_is_muted_from_its_alert_and_told_again(office: House, qian: httpx.Client) -> None:
    alert = _alert(office, "U-12")
    form = _hidden(qian.get(f"/console/alerts/{alert}").text)
    bad = qian.post(f"/console/alerts/{alert}/mute", data={**form, "days": "9999", "reason": HOSTILE})
    assert bad.status_code == 422
    assert "&lt;script&gt;" in bad.text
    for _ in range(2):
        done = qian.post(f"/console/alerts/{alert}/mute", data={**form, "days": "7", "reason": HOSTILE})
        assert done.status_code == 200
    office.catch_up()
    page = qian.get(f"/console/alerts/{alert}").text
    assert "Muted until" in page
    assert "<script>alert" not in page
    mutes = office.get("registry", "/v1/mutes", active="true").json()["items"]
    assert len(mutes) == 1, "a second click mutes nothing more"
    listed = qian.get("/console/mutes").text
    assert "Pledge" in listed or RULE in listed
    ended = qian.post(f"/console/mutes/{mutes[0]['id']}/end", data={**_hidden(listed), "reason": "settled"})
    assert ended.status_code == 200
    office.catch_up()
    assert "Mute this matter" in qian.get(f"/console/alerts/{alert}").text
    assert "settled" in qian.get("/console/mutes?state=ended").text
    over = qian.post(f"/console/mutes/{mutes[0]['id']}/end", data={**_hidden(listed), "once": "another-form-of-mine"})
    assert over.status_code == 409
    nothing = qian.post(
        "/console/mutes", data={**_hidden(listed), "once": "yet-another-form-1", "days": "3", "reason": "why"}
    )
    assert nothing.status_code == 422
    assert "say what is muted" in nothing.text


def test_sanctions_take_money_as_people_write_it(office: House, qian: httpx.Client) -> None:
    case = _first_case(office)
    form = _hidden(qian.get(f"/console/sanctions/new?case={case}&subject=platform:huizhong").text)
    fine = {**form, "subject": "platform:huizhong", "kind": "fine", "begins": "2024-05-01", "currency": "CNY"}
    for amount in ("a lot", "-5", "0", "1.005", "NaN", "1e30", "Infinity"):
        refused = qian.post("/console/sanctions/new", data={**fine, "amount": amount, "text": "as typed"})
        assert refused.status_code == 422, amount
        assert "as typed</textarea>" in refused.text
    done = qian.post("/console/sanctions/new", data={**fine, "amount": "50,000.00", "case": case, "citation": HOSTILE})
    assert done.status_code == 200
    office.catch_up()
    (sanction,) = office.get("registry", "/v1/sanctions").json()["items"]
    assert (sanction["amount"], sanction["case"]) == (5_000_000, case)
    page = qian.get("/console/sanctions?platform=huizhong&holding=1").text
    assert "CN¥50,000.00" in page
    assert "<script>alert" not in page
    assert "CN¥50,000.00" in qian.get(f"/console/cases/{case}").text
    lift = f"/console/sanctions/{sanction['id']}/lift"
    assert qian.post(lift, data=_hidden(page)).status_code == 422
    assert qian.post(lift, data={**_hidden(page), "reason": "paid"}).status_code == 200
    again = qian.post(lift, data={**_hidden(page), "once": "a-form-of-somebody", "reason": "paid"})
    assert again.status_code == 409
    assert "was lifted already" in again.text
    unknown = qian.post(
        "/console/sanctions/new",
        data={**fine, "once": "a-form-for-nobody", "kind": "warning", "subject": "platform:nobody"},
    )
    assert unknown.status_code == 409
    assert "There is no such platform" in unknown.text


def test_a_secret_is_shown_once_and_the_same_is_not_told_twice(office: House, qian: httpx.Client) -> None:
    page = qian.get("/console/subscriptions").text
    form = {
        "csrf": _hidden(page)["csrf"], "name": HOSTILE, "channel": "webhook", "target": "https://93.184.216.34/hook",
        "min_severity": "high", "language": "en", "group_seconds": "30",
    }  # fmt: skip
    bad = qian.post("/console/subscriptions", data={**form, "target": "ftp://nowhere"})
    assert bad.status_code == 422
    assert "&lt;script&gt;" in bad.text
    made = qian.post("/console/subscriptions", data=form)
    assert made.status_code == 200
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert secret
    assert "no-store" in made.headers["cache-control"]
    assert secret[0] not in qian.get("/console/subscriptions").text
    twice = qian.post("/console/subscriptions", data=form)
    assert twice.status_code == 409
    assert "There is the same already" in twice.text
    (row,) = office.get("registry", "/v1/subscriptions").json()["items"]
    end = f"/console/subscriptions/{row['id']}/end"
    assert {qian.post(end, data={"csrf": form["csrf"]}).status_code for _ in range(2)} == {200}
    assert office.get("registry", "/v1/subscriptions").json()["items"][0]["ended_at"]


def test_an_auditor_reads_everything_and_changes_nothing(office: House, qian: httpx.Client) -> None:
    case, alert = _first_case(office), _alert(office, "U-13")
    with _signed_in(office, "zhou") as zhou:
        for path in ("/console/cases", f"/console/cases/{case}", "/console/mutes", "/console/sanctions",
                     "/console/subscriptions", f"/console/alerts/{alert}"):  # fmt: skip
            page = zhou.get(path)
            assert page.status_code == 200, path
            posts = re.findall(r'<form[^>]*method="post" action="([^"]+)"', page.text)
            assert set(posts) == {"/console/sign-out"}, path
        token = {"csrf": _hidden(zhou.get("/console/cases").text)["csrf"], "reason": "why not", "text": "x"}
        for path in (f"/console/cases/{case}/actions", "/console/cases/new", "/console/mutes", "/console/sanctions/new",
                     "/console/subscriptions", f"/console/alerts/{alert}/mute", f"/console/alerts/{alert}/case",
                     f"/console/cases/{case}/export/names"):  # fmt: skip
            assert zhou.post(path, data={**token, "action": "note", "case": case}).status_code == 403, path
        assert _upload(zhou, case, token, "a.pdf", b"x", "application/pdf").status_code == 403
        assert zhou.get("/console/cases/new").status_code == 403
        assert zhou.get(f"/console/cases/{case}/export?format=html&language=en").status_code == 200
    with _signed_in(office, "wu") as wu:
        for path in ("/console/cases", f"/console/cases/{case}", "/console/mutes", "/console/subscriptions"):
            assert wu.get(path).status_code == 403, path
    assert qian.get("/console/cases/K-2020-000001").status_code == 404


def test_reports_are_downloads_and_names_need_a_reason(office: House, qian: httpx.Client) -> None:
    case = _first_case(office)
    report = qian.get(f"/console/cases/{case}/export?format=html&language=en")
    assert report.headers["content-disposition"] == f'attachment; filename="{case}.en.html"'
    assert case in report.text
    assert qian.get(f"/console/cases/{case}/export?format=docx").status_code == 422
    form = {"csrf": _hidden(_get(office, qian, case))["csrf"], "format": "html", "language": "zh"}
    assert qian.post(f"/console/cases/{case}/export/names", data=form).status_code == 422
    told = qian.post(f"/console/cases/{case}/export/names", data={**form, "reason": "for the court"})
    assert told.headers["content-disposition"].startswith("attachment")
    assert "no profile" in _get(office, qian, case)


def _open(house: House, client: httpx.Client, alert: str, **fields: str) -> str:
    form = _hidden(client.get("/console/cases/new").text)
    page = client.post("/console/cases/new", data={**form, "title": "A matter", "alerts": alert, **fields})
    assert page.status_code in {200, 404}, page.text
    house.catch_up()
    return page.url.path.rpartition("/")[2]


def _get(house: House, client: httpx.Client, case: str) -> str:
    house.catch_up()
    page = client.get(f"/console/cases/{case}")
    assert page.status_code == 200, page.text
    return page.text


def _post(client: httpx.Client, case: str, **fields: str) -> httpx.Response:
    form = _hidden(client.get(f"/console/cases/{case}").text)
    return client.post(f"/console/cases/{case}/actions", data={**form, **fields})


def _act(house: House, client: httpx.Client, case: str, **fields: str) -> str:
    house.catch_up()
    answer = _post(client, case, **fields)
    assert answer.status_code == 200, answer.text
    return _get(house, client, case)


def _upload(
    client: httpx.Client, case: str, form: dict[str, str], name: str, content: bytes, media_type: str
) -> httpx.Response:
    given = {key: form[key] for key in ("csrf", "once", "seen") if key in form}
    return client.post(f"/console/cases/{case}/files", data=given, files={"file": (name, content, media_type)})


def _hidden(page: str, action: str | None = None) -> dict[str, str]:
    """The hidden fields of the form with an action, or of the first form that has an id of its own."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    chosen = next(
        (each for each in forms if (f'name="action" value="{action}"' in each if action else 'name="once"' in each)),
        page,
    )
    fields = re.findall(r'<input type="hidden" name="(csrf|once|seen)" value="([^"]*)"', chosen)
    assert fields, "there is no form"
    return dict(fields)


def _history(house: House, case: str) -> list[dict[str, Any]]:
    house.catch_up()
    found: list[dict[str, Any]] = house.get("registry", f"/v1/cases/{case}").json()["history"]
    return found


def _alert(house: House, investor: str) -> str:
    found = house.get("registry", "/v1/alerts", subject=f"party:huizhong/{investor}").json()["items"]
    return str(found[0]["id"])


def _first_case(house: House) -> str:
    house.catch_up()
    return str(house.get("registry", "/v1/cases").json()["items"][0]["id"])


def _finding(investor: str, severity: str) -> dict[str, Any]:
    reason = f"Pledges of {investor}"
    data = {
        "rule": RULE, "version": 1, "key": {"investor": investor}, "severity": severity, "score": 500,
        "window": {"first_day": "2024-03-01", "last_day": "2024-03-28"}, "subject": [f"party:huizhong/{investor}"],
        "platform": "huizhong", "figures": {"pledges": 2}, "params": {"k_day": 2}, "evidence": [1],
        "evidence_count": 1, "reason": {"zh": reason, "en": reason},
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": f"casework-{investor}", "source": "system", "type": "alert.found",
        "time": "2024-03-29T00:00:00Z", "data": data,
    }  # fmt: skip


@contextmanager
def _signed_in(house: House, name: str, language: str = "en") -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as client:
        form = {"name": name, "password": PASSWORD, **_csrf(client.get(f"/console/sign-in?lang={language}").text)}
        page = client.post("/console/sign-in", data=form)
        assert page.status_code in {200, 404}, page.text  # a platform's first page is another's work
        yield client


def _csrf(page: str) -> dict[str, str]:
    found = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return {"csrf": found[1]}
