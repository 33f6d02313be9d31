"""Cases at the console over the real ledger: two officers, hostile texts, files, races, everything twice."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ledger.events.cases import EVIDENCE_BYTES_MAX
from tests.api.console.casework import (
    HOSTILE,
    act,
    alert_of,
    first_case,
    hidden,
    history,
    opened,
    post,
    shown,
    signed_in,
    upload,
)
from tests.api.house import House


def test_an_alert_becomes_a_case_that_two_people_close(office: House, qian: httpx.Client, sun: httpx.Client) -> None:
    alert = alert_of(office, "U-0")
    form = qian.get(f"/console/alerts/{alert}").text
    assert f"/console/cases/new?alert={alert.replace(':', '%3A')}" in form
    case = opened(office, qian, alert, title=HOSTILE)
    page = shown(office, qian, case)
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "CN" in page
    assert alert in page
    assert case in qian.get(f"/console/alerts/{alert}").text
    done = act(office, qian, case, action="close", outcome="confirmed", text="proven")
    assert "Waiting for a second person" in done
    assert "You asked to close this case" in done
    assert 'value="close"' not in done, "the first of two is offered nothing to confirm"
    refused = post(qian, case, action="close", outcome="confirmed", text="me again")
    assert refused.status_code == 409
    assert "another person has to close it" in refused.text
    assert "A second person is needed" in refused.text
    assert "qian asked to close this case" in shown(office, sun, case)
    act(office, sun, case, action="close", outcome="confirmed", text="seen too")
    steps = office.get("registry", f"/v1/cases/{case}").json()["history"]
    assert [(step["step"], step["by"]) for step in steps] == [
        ("opened", "qian"), ("close_requested", "qian"), ("closed", "sun"),
    ]  # fmt: skip
    assert "closed it with its case" in qian.get(f"/console/alerts/{alert}").text
    assert "reopened it" in act(office, qian, case, action="reopen", text="a new witness")


def test_every_page_speaks_chinese_too(office: House) -> None:
    case = first_case(office)
    with signed_in(office, "qian", "zh-Hans") as client:
        for path, words in {
            "/console/cases": "看板", f"/console/cases/{case}": "可办事项", "/console/cases/new": "立案",
            "/console/mutes": "静默", "/console/sanctions": "处置措施", "/console/sanctions/new": "作出处置",
            "/console/subscriptions": "订阅",
        }.items():  # fmt: skip
            page = client.get(path)
            assert page.status_code == 200, path
            assert words in page.text, path


def test_a_form_that_is_sent_twice_is_one_event(office: House, qian: httpx.Client) -> None:
    alert = alert_of(office, "U-4")
    form = hidden(qian.get(f"/console/cases/new?alert={alert}").text)
    fields = {**form, "title": "Twice", "alerts": alert}
    first, second = (qian.post("/console/cases/new", data=fields) for _ in range(2))
    assert first.url.path == second.url.path
    case = first.url.path.rpartition("/")[2]
    office.catch_up()
    note = {**hidden(shown(office, qian, case), "note"), "action": "note", "text": "once"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: qian.post(f"/console/cases/{case}/actions", data=note), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert [each["step"] for each in history(office, case)] == ["opened", "noted"]
    other = qian.post(f"/console/cases/{case}/actions", data={**note, "text": "something else"})
    assert other.status_code == 409
    assert "sent before with something else" in other.text
    assert "something else</textarea>" in other.text, "what was typed stays"
    again = {**hidden(other.text, "note"), "action": "note", "text": "something else"}
    assert qian.post(f"/console/cases/{case}/actions", data=again).status_code == 200
    assert [each["step"] for each in history(office, case)] == ["opened", "noted", "noted"]


def test_what_another_did_meanwhile_is_said_before_it_is_undone(
    office: House, qian: httpx.Client, sun: httpx.Client
) -> None:
    case = opened(office, qian, alert_of(office, "U-5"))
    seen = hidden(shown(office, qian, case), "assign")
    act(office, sun, case, action="assign", to="sun")
    late = qian.post(f"/console/cases/{case}/actions", data={**seen, "action": "assign", "to": "qian"})
    assert late.status_code == 409
    assert "Somebody else has changed this case in the meantime" in late.text
    assert "to sun" in late.text, "what was done is shown"
    assert office.get("registry", f"/v1/cases/{case}").json()["assignee"] == "sun"
    again = {**hidden(late.text, "assign"), "action": "assign", "to": "qian"}
    assert qian.post(f"/console/cases/{case}/actions", data=again).status_code == 200
    office.catch_up()
    assert office.get("registry", f"/v1/cases/{case}").json()["assignee"] == "qian"


def test_of_two_who_close_at_once_one_is_told_so(office: House, qian: httpx.Client, sun: httpx.Client) -> None:
    case = opened(office, qian, alert_of(office, "U-6"))
    forms = [(who, hidden(shown(office, who, case), "close")) for who in (qian, sun)]

    def close(pair: tuple[httpx.Client, dict[str, str]]) -> httpx.Response:
        who, form = pair
        fields = {**form, "action": "close", "outcome": "justified_look", "text": "done"}
        return who.post(f"/console/cases/{case}/actions", data=fields)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(close, forms))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert "does not allow this now" in loser.text or "Somebody else has changed" in loser.text
    assert [each["step"] for each in history(office, case)] == ["opened", "closed"]


def test_files_go_in_sealed_and_come_out_as_downloads(office: House, qian: httpx.Client) -> None:
    case = opened(office, qian, alert_of(office, "U-7"))
    content = b"<script>alert(1)</script>"
    name = "..\\..\\/etc/<b>\u202egpj.exe</b>\r\nX: y.html"
    form = hidden(shown(office, qian, case))
    first = upload(qian, case, form, name, content, "text/html")
    assert first.status_code == 200, first.text
    twice = upload(qian, case, form, name, content, "text/html")
    assert twice.status_code == 200
    office.catch_up()
    files = office.get("registry", f"/v1/cases/{case}").json()["files"]
    assert len(files) == 1, "the same form is the same file"
    assert files[0]["digest"] == hashlib.sha256(content).hexdigest()
    assert not re.search(r"[\x00-\x1f/\\\u202e]", files[0]["name"])
    assert upload(qian, case, hidden(shown(office, qian, case)), name, content, "text/html").status_code == 200
    office.catch_up()
    assert len(office.get("registry", f"/v1/cases/{case}").json()["files"]) == 2, "another form, another file"
    page = shown(office, qian, case)
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
    assert [each["step"] for each in history(office, case)][-1] == "evidence_opened"


def test_files_that_are_empty_or_too_large_or_no_form_are_told_apart(office: House, qian: httpx.Client) -> None:
    case = opened(office, qian, alert_of(office, "U-8"))
    form = hidden(shown(office, qian, case))
    empty = upload(qian, case, form, "empty.pdf", b"", "application/pdf")
    assert empty.status_code == 422
    assert "or it is empty" in empty.text
    large = upload(qian, case, form, "large.bin", b"x" * (EVIDENCE_BYTES_MAX + 1), "application/pdf")
    assert large.status_code == 413
    fits = upload(qian, case, form, "fits.bin", b"x" * EVIDENCE_BYTES_MAX, "no type at all")
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
    assert upload(qian, case, stranger, "a.pdf", b"x", "application/pdf").status_code == 403


def test_an_agency_keeps_a_case_open_until_it_answers(office: House, qian: httpx.Client) -> None:
    case = opened(office, qian, alert_of(office, "U-9"))
    page = act(office, qian, case, action="refer", agency="police", text="with the list")
    assert "It can&#39;t be closed while an agency has it" in page
    assert 'value="close"' not in page
    refused = post(qian, case, action="close", outcome="confirmed", text="x")
    assert refused.status_code == 409
    assert "An agency has the case" in refused.text
    page = act(office, qian, case, action="update_referral", agency="police", status="answered", reference="P-7")
    assert "reference P-7" in page
    assert 'value="close"' in page
    bad = post(qian, case, action="set_due", due="not a day", text="kept as typed")
    assert bad.status_code == 422
    assert "kept as typed</textarea>" in bad.text
    assert "2031" in act(office, qian, case, action="set_due", due="2031-03-03", text="by the court")


def test_the_board_filters_and_pages(office: House, qian: httpx.Client) -> None:
    late = opened(office, qian, alert_of(office, "U-10"), title="Late one", due="2024-01-02", assignee="sun")
    ended = opened(office, qian, alert_of(office, "U-11"), title="Ended one")
    act(office, qian, ended, action="close", outcome="false_positive", reason="data_error", text="made good")
    opened(office, qian, "", title="Without alerts", jurisdiction="CN")
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
