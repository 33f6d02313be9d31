"""View `alerts`: the same story as the decisions', told as rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.states.alerts import AlertKey, alert_key, key_hash
from ledger.store import reading
from projections import alerts, tallies
from projections.alerts import Filters
from tests.projections.book import Book

RULE = "I01-shared-channel"


def finding(
    value: str, evidence: list[int], severity: str = "medium", score: int = 300, **other: Any
) -> dict[str, Any]:
    data = {
        "rule": RULE, "version": 1, "key": {"value": value}, "severity": severity, "score": score,
        "window": {"first_day": "2026-01-01", "last_day": "2026-03-02"}, "subject": [f"party:huizhong/{value}"],
        "platform": "huizhong", "figures": {"investors": len(evidence)}, "params": {"k": 2}, "evidence": evidence,
        "evidence_count": len(evidence), "reason": {"zh": f"共用{value}", "en": f"share {value}"}, **other,
    }  # fmt: skip
    return envelope("alert.found", data, "system")


def action(kind: str, value: str, number: int = 1, by: str = "lin", **fields: Any) -> dict[str, Any]:
    alert = f"{RULE}:{key_hash({'value': value})}:{number}"
    return envelope(f"alert.{kind}", {"alert": alert, "by": by, **fields}, "registry")


def envelope(kind: str, data: dict[str, Any], source: str) -> dict[str, Any]:
    envelope.count += 1
    return {
        "specversion": "1.0", "id": f"a{envelope.count}", "source": source, "type": kind,
        "time": "2026-03-03T00:00:00Z", "data": data,
    }  # fmt: skip


envelope.count = 0


def tell(book: Book, *events: dict[str, Any]) -> None:
    answers = book.submit(events)
    assert [answer.status for answer in answers] == ["accepted"] * len(events), answers
    book.follow()


def test_finding_opens_and_the_next_one_joins(book: Book) -> None:
    tell(book, finding("a", [3, 4]), finding("a", [4, 9], score=250))
    with book.connect() as connection:
        (alert,) = alerts.page(connection, Filters())
        steps = alerts.history(connection, alert.id)
    assert (alert.status, alert.number, alert.findings, alert.score) == ("open", 1, 2, 300)
    assert (alert.evidence, alert.evidence_count) == ([3, 4, 9], 3)
    assert (alert.found_position, alert.position) == (1, 2)
    assert [(step.step, step.score, step.evidence) for step in steps] == [
        ("opened", 300, [3, 4]), ("joined", 250, [4, 9])
    ]  # fmt: skip


def test_worst_finding_says_what_it_is(book: Book) -> None:
    tell(book, finding("a", [1], "low", 100), finding("a", [2], "high", 700, reason={"zh": "很糟", "en": "bad"}))
    with book.connect() as connection:
        (alert,) = alerts.page(connection, Filters())
    assert (alert.severity, alert.score, alert.reason_en, alert.figures) == ("high", 700, "bad", {"investors": 1})


def test_life_of_a_critical_alert_is_on_record(book: Book) -> None:
    tell(
        book,
        finding("a", [1], "critical", 900),
        action("acknowledged", "a"),
        action("assigned", "a", to="zhao"),
        action("commented", "a", text="called the platform"),
        action("close_requested", "a", outcome="confirmed"),
    )
    with book.connect() as connection:
        (waiting,) = alerts.page(connection, Filters(statuses=["close_requested"]))
    assert (waiting.assignee, waiting.close_by, waiting.outcome) == ("zhao", "lin", None)
    tell(book, action("closed", "a", by="zhao", outcome="false_positive", reason="shared_channel"))
    with book.connect() as connection:
        (alert,) = alerts.page(connection, Filters(statuses=["closed"]))
        steps = alerts.history(connection, alert.id)
    assert (alert.outcome, alert.outcome_reason, alert.close_by) == ("false_positive", "shared_channel", None)
    assert [(step.step, step.by_whom) for step in steps] == [
        ("opened", None), ("acknowledged", "lin"), ("assigned", "lin"), ("commented", "lin"),
        ("close_requested", "lin"), ("closed", "zhao"),
    ]  # fmt: skip
    assert steps[3].text == "called the platform"


def test_closed_alert_is_followed_not_overwritten(book: Book) -> None:
    tell(book, finding("a", [1]), action("closed", "a", outcome="justified_look"), finding("a", [2]))
    tell(book, action("commented", "a", text="see number 2"))
    with book.connect() as connection:
        found = {alert.number: alert for alert in alerts.page(connection, Filters())}
        steps = [step.step for step in alerts.history(connection, found[1].id)]
    assert {number: alert.status for number, alert in found.items()} == {1: "closed", 2: "open"}
    assert found[2].evidence == [2]
    assert steps == ["opened", "closed", "commented"]


def test_pages_are_in_order_of_urgency_and_join_without_gaps(book: Book) -> None:
    severities = ["info", "low", "medium", "high", "critical"]
    tell(book, *(finding(f"v{n}", [n + 1], severities[n % 5], 100 + n // 10) for n in range(23)))
    with book.connect() as connection:
        whole = alerts.page(connection, Filters(), limit=100)
        assert [each.severity_rank for each in whole] == sorted((each.severity_rank for each in whole), reverse=True)
        assert len({(each.severity_rank, each.score, each.id) for each in whole}) == 23
        paged: list[alerts.Alert] = []
        after = None
        while rows := alerts.page(connection, Filters(), after, 4):
            paged += rows
            after = alerts.after_of(rows[-1])
        assert paged == whole


@pytest.mark.parametrize(
    ("filters", "values"),
    [
        (Filters(severity="high"), {"b"}),
        (Filters(statuses=["open"]), {"a", "b"}),
        (Filters(statuses=["closed"]), {"c"}),
        (Filters(statuses=[]), set()),
        (Filters(rule=RULE), {"a", "b", "c"}),
        (Filters(rule="P02-custody-gap"), set()),
        (Filters(platform="huizhong"), {"a", "b", "c"}),
        (Filters(platform="other"), set()),
        (Filters(subject="party:huizhong/b"), {"b"}),
        (Filters(shareable=True), {"a"}),
        (Filters(text="SHARE A"), {"a"}),
        (Filters(text="100%_"), set()),
    ],
)
def test_filters_narrow(book: Book, filters: Filters, values: set[str]) -> None:
    tell(book, finding("a", [1], shareable=True), finding("b", [2], "high"), finding("c", [3]))
    tell(book, action("closed", "c", outcome="confirmed"))
    with book.connect() as connection:
        assert {alert.key["value"] for alert in alerts.page(connection, filters)} == values
        assert alerts.count(connection, filters) == len(values)
        assert alerts.count(connection, filters, after_position=1) == len(values - {"a"})


def test_other_orders_page_without_gaps(book: Book) -> None:
    tell(
        book, finding("a", [1], "low", 900), finding("b", [2], "critical", 100), finding("c", [3], "medium", 900),
        finding("d", [4], "critical", 500),
    )  # fmt: skip
    for order, wanted in (("score", None), ("newest", ["d", "c", "b", "a"])):
        asked, found, after = Filters(order=order), [], None
        with book.connect() as connection:
            whole = alerts.page(connection, asked)
            while rows := alerts.page(connection, asked, after, limit=1):
                after = alerts.after_of(rows[-1])
                found += rows
        assert found == whole
        scores = [each.score for each in found]
        assert scores == sorted(scores, reverse=True) or order != "score"
        assert wanted in (None, [each.key["value"] for each in found])


def test_what_waits_and_what_was_opened_is_counted(book: Book) -> None:
    tell(book, finding("a", [1], "low"), finding("a", [2], "high"), finding("b", [3], "high"), finding("c", [4]))
    tell(book, action("assigned", "b", to="zhao"), action("closed", "c", outcome="confirmed"))
    with book.connect() as connection:
        found = alerts.page(connection, Filters())
        now = found[0].found_at + timedelta(days=8)
        waiting = tallies.unsettled(connection, now)
        opened = tallies.opened(connection, 20515, 20515)
        assert tallies.opened(connection, 20516, 30000) == []
        assert [each.key["value"] for each in alerts.page(connection, Filters(assignee="zhao"))] == ["b"]
        assert alerts.count(connection, Filters(assigned=False)) == 2
    assert waiting == [("high", "open", 7, 2)]
    assert opened == [(20515, "high", 1), (20515, "low", 1), (20515, "medium", 1)], (
        "by the severity of the first finding"
    )


def test_counts_are_by_rule_severity_and_status(book: Book) -> None:
    tell(book, finding("a", [1]), finding("b", [2]), finding("c", [3], "high"))
    tell(book, action("closed", "a", outcome="confirmed"))
    with book.connect() as connection:
        found = {each[1:3]: each.alerts for each in tallies.counts(connection)}
    assert found == {("high", "open"): 1, ("medium", "closed"): 1, ("medium", "open"): 1}


def test_unknown_alert_is_none(book: Book) -> None:
    book.follow()
    with book.connect() as connection:
        assert alerts.one(connection, f"{RULE}:{'0' * 16}:1") is None
        assert alerts.history(connection, "nothing") == []


_STEPS = st.sampled_from(
    ["found", "found", "found", "acknowledged", "escalated", "close_requested", "closed", "reopened"]
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_view_says_what_the_decisions_decided(book: Book, data: st.DataObject) -> None:
    """After any story, each key's newest row stands as the key's state in the boundary; however the batches fell."""
    value = f"h{data.draw(st.integers(0, 2**40))}"
    own = alert_key(RULE, key_hash({"value": value}))
    for step in data.draw(st.lists(_STEPS, min_size=1, max_size=8)):
        with book.connect() as connection:
            state = reading.states(connection, [own]).get(own)
        number = state.number if isinstance(state, AlertKey) else 1
        if step == "found":
            evidence = sorted(data.draw(st.sets(st.integers(1, 9), max_size=3)))
            sent = finding(value, evidence, data.draw(st.sampled_from(["low", "high", "critical"])))
        else:
            sent = action(step, value, number, data.draw(st.sampled_from(["lin", "zhao"])),
                          **({"outcome": "confirmed"} if "close" in step else {}))  # fmt: skip
        book.submit([sent])
        if data.draw(st.booleans()):
            book.follow()
    book.follow()
    with book.connect() as connection:
        state = reading.states(connection, [own]).get(own)
        rows = [row for row in alerts.page(connection, Filters(), limit=10_000) if row.key["value"] == value]
    if state is None:
        assert rows == []
        return
    assert isinstance(state, AlertKey)
    newest = max(rows, key=lambda row: row.number)
    assert [row.number for row in sorted(rows, key=lambda row: row.number)] == list(range(1, state.number + 1))
    assert (newest.status, newest.severity, newest.findings) == (state.status, state.severity, state.findings)
    assert all(row.status == "closed" for row in rows if row is not newest)


def test_rebuilt_view_equals_the_live_one(book: Book) -> None:
    tell(book, finding("a", [1]), action("acknowledged", "a"))
    tell(book, finding("a", [2], "critical", 950), finding("b", [3]), action("closed", "b", outcome="confirmed"))
    live = {name: rows for name, rows in book.dump().items() if name.startswith("alerts.")}
    book.forget()
    book.follow(batch_events=2)
    assert {name: rows for name, rows in book.dump().items() if name.startswith("alerts.")} == live
