"""Views of cases and alerts: whatever happens, they say what the states of decisions say, and so does a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.states.alerts import AlertKey, alert_key, key_hash
from ledger.states.cases import Case, case_key
from ledger.store import reading
from projections import alerts, cases
from projections.alerts import Filters
from tests.projections.book import Book
from tests.projections.test_alerts import RULE, action, envelope, finding, tell
from tests.projections.test_mutes import ending, muting


def alert(value: str, number: int = 1) -> str:
    return f"{RULE}:{key_hash({'value': value})}:{number}"


def opening(case: str, *found: str, due: str = "2026-03-16") -> dict[str, Any]:
    data = {"case": case, "by": "lin", "title": "A matter", "alerts": [*found], "jurisdiction": "CN", "due": due}
    return envelope("case.opened", data, "registry")


def act(kind: str, case: str, by: str = "lin", **fields: Any) -> dict[str, Any]:
    return envelope(f"case.{kind}", {"case": case, "by": by, **fields}, "registry")


def closing(case: str, by: str = "lin", kind: str = "closed") -> dict[str, Any]:
    return act(kind, case, by, outcome="confirmed", text="proven")


def test_the_life_of_a_case_is_on_record(book: Book) -> None:
    case = "K-2026-000001"
    tell(
        book, finding("a", [1], "high"), finding("b", [2]), opening(case, alert("a")),
        act("alert_added", case, alert=alert("b"), due="2026-03-05"), act("referred", case, agency="tax"),
        act("referral_updated", case, agency="tax", status="received", reference="T-1"),
        act("referral_updated", case, agency="tax", status="answered"), closing(case, kind="close_requested"),
        closing(case, "zhao"),
    )  # fmt: skip
    with book.connect() as connection:
        listed = cases.one(connection, case)
        steps = cases.history(connection, case)
        fired = cases.rules(connection, [alert("a"), alert("b")])
        rows = {row.id: row for row in alerts.page(connection, Filters(case_id=case))}
    assert listed is not None
    assert (listed.severity, listed.case.status, listed.case.due) == ("high", "closed", date(2026, 3, 5))
    (referral,) = listed.case.referrals
    assert (referral["status"], referral["reference"]) == ("answered", "T-1")
    assert [(step.step, step.by_whom) for step in steps][-2:] == [("close_requested", "lin"), ("closed", "zhao")]
    assert [(each.rule, each.alerts, each.severity) for each in fired] == [(RULE, 2, "high")]
    assert {row.outcome for row in rows.values()} == {"confirmed"}
    assert all(row.closed_at and row.first_look_at for row in rows.values())


LETTERS, NUMBERS = st.sampled_from("abc"), st.integers(1, 2)
WHO = st.sampled_from(["lin", "zhao"])
STEPS = st.one_of(
    st.tuples(st.just("found"), LETTERS, st.sampled_from(["low", "high"])),
    st.tuples(st.just("found"), LETTERS, st.just("low")),
    st.tuples(st.just("open"), NUMBERS, st.lists(LETTERS, max_size=3, unique=True)),
    st.tuples(st.just("add"), NUMBERS, LETTERS, NUMBERS),
    st.tuples(st.just("remove"), NUMBERS, LETTERS),
    st.tuples(st.just("refer"), NUMBERS, st.sampled_from(["sent", "received", "answered"])),
    st.tuples(st.just("end"), NUMBERS, WHO, st.sampled_from(["closed", "close_requested"])),
    st.tuples(st.just("again"), NUMBERS, WHO),
    st.tuples(st.just("settle"), LETTERS, NUMBERS),
    st.tuples(st.just("mute"), st.booleans()),
)


def _event(step: Any, own: dict[str, str], named: dict[int, str], evidence: int, mute: str) -> dict[str, Any]:
    kind, first, *rest = step
    if kind in {"found", "settle", "mute"}:
        return _on_alerts(kind, first, rest, own, evidence, mute)
    case = named[first]
    if kind == "open":
        return opening(case, *(alert(own[each]) for each in rest[0]))
    if kind == "refer":
        sent = rest[0] == "sent"
        return act(
            "referred" if sent else "referral_updated", case, agency="tax", **({} if sent else {"status": rest[0]})
        )
    made: dict[str, Callable[..., dict[str, Any]]] = {
        "add": lambda letter, number: act("alert_added", case, alert=alert(own[letter], number)),
        "remove": lambda letter: act("alert_removed", case, alert=alert(own[letter])),
        "end": lambda who, how: closing(case, who, how),
        "again": lambda who: act("reopened", case, who, text="again"),
    }
    return made[kind](*rest)


def _on_alerts(kind: str, first: Any, rest: list[Any], own: dict[str, str], evidence: int, mute: str) -> dict[str, Any]:
    if kind == "found":
        return finding(own[first], [evidence], rest[0])
    if kind == "settle":
        return action("closed", own[first], rest[0], outcome="justified_look")
    return muting(mute, rule=RULE) if first else ending(mute)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=30), st.integers(1, 12))
def test_views_say_what_was_decided_and_so_does_a_rebuild(book: Book, steps: list[Any], batch: int) -> None:
    salt = uuid4()  # the book is the same for all examples
    own = {letter: f"{letter}{salt}" for letter in "abc"}
    named = {number: f"K-2026-{int(salt) % 10**9 * 10 + number:012d}" for number in (1, 2)}
    book.submit([_event(step, own, named, index + 1, f"M-{salt}") for index, step in enumerate(steps)])
    book.follow(batch_events=batch)
    _agree(book, own, named)
    live = {name: rows for name, rows in book.dump().items() if name.startswith(("alerts.", "cases."))}
    book.forget()
    book.follow()
    assert {name: rows for name, rows in book.dump().items() if name.startswith(("alerts.", "cases."))} == live
    book.submit([ending(f"M-{salt}")])


def _agree(book: Book, own: dict[str, str], named: dict[int, str]) -> None:
    keys = {alert_key(RULE, key_hash({"value": value})): value for value in own.values()}
    with book.connect() as connection:
        states = reading.states(connection, [*keys, *map(case_key, named.values())])
        rows = {row.id: row for row in alerts.page(connection, Filters(), limit=10_000)}
        shown = {name: listed.case for name in named.values() if (listed := cases.one(connection, name))}
    homes: dict[str, str] = {}
    for name in named.values():
        state = states.get(case_key(name))
        assert (state is None) == (name not in shown)
        if isinstance(state, Case):
            case = shown[name]
            assert (case.status, case.close_by if case.status == "close_requested" else None, case.outcome) == (
                state.status, state.close_by if state.status == "close_requested" else None, state.outcome
            )  # fmt: skip
            assert ({*case.alerts}, case.due.isoformat()) == ({*state.alerts}, state.due)
            assert {each["agency"]: each["status"] for each in case.referrals} == state.referrals
            for each in case.alerts if case.status != "closed" else ():
                assert homes.setdefault(each, name) == name, "in two open cases"
                assert rows[each].case_id == name
    for key, value in keys.items():
        state = states.get(key)
        mine = sorted((row for row in rows.values() if row.key["value"] == value), key=lambda row: row.number)
        assert sum(row.status != "closed" for row in mine) <= 1, "one open alert per key"
        if isinstance(state, AlertKey):
            assert [row.number for row in mine] == [*range(1, state.number + 1)]
            assert (mine[-1].status, mine[-1].severity, mine[-1].findings) == (
                state.status, state.severity, state.findings
            )  # fmt: skip
            assert (mine[-1].closed_at is None) == (state.status != "closed")
