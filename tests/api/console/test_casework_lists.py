"""Mutes, sanctions, notifications and who may do what, at the console over the real ledger."""

from __future__ import annotations

import re

import httpx

from tests.api.console.casework import HOSTILE, RULE, alert_of, first_case, hidden, shown, signed_in, upload
from tests.api.house import House


def test_a_matter_is_muted_from_its_alert_and_told_again(office: House, qian: httpx.Client) -> None:
    alert = alert_of(office, "U-12")
    form = hidden(qian.get(f"/console/alerts/{alert}").text)
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
    ended = qian.post(f"/console/mutes/{mutes[0]['id']}/end", data={**hidden(listed), "reason": "settled"})
    assert ended.status_code == 200
    office.catch_up()
    assert "Mute this matter" in qian.get(f"/console/alerts/{alert}").text
    assert "settled" in qian.get("/console/mutes?state=ended").text
    over = qian.post(f"/console/mutes/{mutes[0]['id']}/end", data={**hidden(listed), "once": "another-form-of-mine"})
    assert over.status_code == 409
    nothing = qian.post(
        "/console/mutes", data={**hidden(listed), "once": "yet-another-form-1", "days": "3", "reason": "why"}
    )
    assert nothing.status_code == 422
    assert "say what is muted" in nothing.text


def test_sanctions_take_money_as_people_write_it(office: House, qian: httpx.Client) -> None:
    case = first_case(office)
    form = hidden(qian.get(f"/console/sanctions/new?case={case}&subject=platform:huizhong").text)
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
    assert qian.post(lift, data=hidden(page)).status_code == 422
    assert qian.post(lift, data={**hidden(page), "reason": "paid"}).status_code == 200
    again = qian.post(lift, data={**hidden(page), "once": "a-form-of-somebody", "reason": "paid"})
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
        "csrf": hidden(page)["csrf"], "name": HOSTILE, "channel": "webhook", "target": "https://93.184.216.34/hook",
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
    case, alert = first_case(office), alert_of(office, "U-13")
    with signed_in(office, "zhou") as zhou:
        for path in ("/console/cases", f"/console/cases/{case}", "/console/mutes", "/console/sanctions",
                     "/console/subscriptions", f"/console/alerts/{alert}"):  # fmt: skip
            page = zhou.get(path)
            assert page.status_code == 200, path
            posts = re.findall(r'<form[^>]*method="post" action="([^"]+)"', page.text)
            assert set(posts) == {"/console/sign-out"}, path
        token = {"csrf": hidden(zhou.get("/console/cases").text)["csrf"], "reason": "why not", "text": "x"}
        for path in (f"/console/cases/{case}/actions", "/console/cases/new", "/console/mutes", "/console/sanctions/new",
                     "/console/subscriptions", f"/console/alerts/{alert}/mute", f"/console/alerts/{alert}/case",
                     f"/console/cases/{case}/export/names"):  # fmt: skip
            assert zhou.post(path, data={**token, "action": "note", "case": case}).status_code == 403, path
        assert upload(zhou, case, token, "a.pdf", b"x", "application/pdf").status_code == 403
        assert zhou.get("/console/cases/new").status_code == 403
        assert zhou.get(f"/console/cases/{case}/export?format=html&language=en").status_code == 200
    with signed_in(office, "wu") as wu:
        for path in ("/console/cases", f"/console/cases/{case}", "/console/mutes", "/console/subscriptions"):
            assert wu.get(path).status_code == 403, path
    assert qian.get("/console/cases/K-2020-000001").status_code == 404


def test_reports_are_downloads_and_names_need_a_reason(office: House, qian: httpx.Client) -> None:
    case = first_case(office)
    report = qian.get(f"/console/cases/{case}/export?format=html&language=en")
    assert report.headers["content-disposition"] == f'attachment; filename="{case}.en.html"'
    assert case in report.text
    assert qian.get(f"/console/cases/{case}/export?format=docx").status_code == 422
    form = {"csrf": hidden(shown(office, qian, case))["csrf"], "format": "html", "language": "zh"}
    assert qian.post(f"/console/cases/{case}/export/names", data=form).status_code == 422
    told = qian.post(f"/console/cases/{case}/export/names", data={**form, "reason": "for the court"})
    assert told.headers["content-disposition"].startswith("attachment")
    assert "no profile" in shown(office, qian, case)
