"""Mutes in the view `alerts`: what they keep quiet follows from the log alone, however batches fell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.states.alerts import key_hash
from projections import alerts
from projections.alerts import Filters
from projections.mutes import Asked
from tests.projections.book import Book
from tests.projections.test_alerts import RULE, action, envelope, finding, tell

NOW = datetime.now(UTC)
LONG = "2026-12-30T00:00:00Z"


def muting(name: str, until: str = LONG, **parts: Any) -> dict[str, Any]:
    return envelope("alert.muted", {"mute": name, "by": "lin", "reason": "known", "until": until, **parts}, "registry")


def ending(name: str) -> dict[str, Any]:
    return envelope("alert.unmuted", {"mute": name, "by": "zhao"}, "registry")


def standing(book: Book) -> dict[str, str | None]:
    """By value: the mute that each newest alert shows."""
    with book.connect() as connection:
        rows = alerts.page(connection, Filters(), limit=10_000)
    return {row.key["value"]: row.muted_by for row in sorted(rows, key=lambda row: row.number)}


def told(book: Book) -> list[tuple[str, str | None]]:
    """Each finding with the mute that kept it quiet, in order."""
    with book.connect() as connection:
        rows = connection.execute(
            "SELECT step, muted_by FROM view_alerts.history WHERE step IN ('opened', 'joined') ORDER BY position"
        )
        return [(step, muted_by) for step, muted_by in rows]


def test_a_muted_finding_is_on_record_and_says_so(book: Book) -> None:
    tell(book, muting("M-1", rule=RULE, key={"value": "a"}), finding("a", [1]), finding("b", [2]), finding("a", [3]))
    assert standing(book) == {"a": "M-1", "b": None}
    assert told(book) == [("opened", "M-1"), ("opened", None), ("joined", "M-1")]
    with book.connect() as connection:
        (quiet,) = alerts.page(connection, Filters(muted=True, now=datetime(2026, 3, 4, tzinfo=UTC)))
        assert (quiet.status, quiet.findings, quiet.evidence) == ("open", 2, [1, 3])
        assert alerts.count(connection, Filters(muted=False, now=datetime(2026, 3, 4, tzinfo=UTC))) == 1
        assert alerts.count(connection, Filters(muted=True, now=datetime(2027, 1, 1, tzinfo=UTC))) == 0
        assert alerts.count(connection, Filters()) == 2
        (mute,) = alerts.muted(connection, Asked(NOW), None, 10)
    assert (mute.findings, mute.by_whom, mute.key, mute.ended_at) == (2, "lin", {"value": "a"}, None)


def test_an_alert_from_before_is_muted_too_but_its_findings_were_told(book: Book) -> None:
    tell(book, finding("a", [1]), muting("M-1", subject="party:huizhong/a"), finding("a", [2]))
    assert standing(book) == {"a": "M-1"}
    assert told(book) == [("opened", None), ("joined", "M-1")]


def test_the_end_of_a_mute_brings_nothing_back(book: Book) -> None:
    tell(book, muting("M-1", platform="huizhong"), finding("a", [1]), ending("M-1"), finding("a", [2]))
    assert standing(book) == {"a": None}
    assert told(book) == [("opened", "M-1"), ("joined", None)]


def test_of_two_mutes_the_longer_one_is_shown_and_the_other_takes_over(book: Book) -> None:
    short, long = muting("M-1", "2026-11-30T00:00:00Z", rule=RULE), muting("M-2", platform="huizhong")
    tell(book, short, long, finding("a", [1]))
    assert standing(book) == {"a": "M-2"}
    tell(book, ending("M-2"))
    assert standing(book) == {"a": "M-1"}


def test_a_mute_whose_time_is_over_keeps_nothing_quiet(book: Book) -> None:
    """The book records in the present; this mute began and ended, by its own time, long before."""
    tell(book, muting("M-1", "2026-03-04T00:00:00Z", rule=RULE), finding("a", [1]))
    assert told(book) == [("opened", None)]
    assert standing(book) == {"a": None}


class Held(NamedTuple):
    """A mute as the oracle knows it."""

    name: str
    until: datetime
    parts: dict[str, Any]
    ended: bool


PARTS = st.sampled_from(
    [
        {"rule": RULE}, {"rule": "P02-custody-gap"}, {"key": {"value": "a"}}, {"key": {"value": "b", "more": ""}},
        {"subject": "party:huizhong/b"}, {"platform": "huizhong"}, {"platform": "rival"},
        {"rule": RULE, "key": {"value": "b"}, "platform": "huizhong"},
    ]
)  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("found"), st.sampled_from("abc")),
    st.tuples(st.just("mute"), PARTS, st.integers(-1, 3)),
    st.tuples(st.just("end"), st.integers(0, 3)),
    st.tuples(st.just("close"), st.sampled_from("abc")),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=1, max_size=14), st.integers(1, 9))
def test_what_the_view_says_is_what_anybody_can_work_out(book: Book, steps: list[Any], batch: int) -> None:
    """An oracle by another road: for each finding, look through all mutes that stood then."""
    salt = uuid4()  # the book is the same for all examples
    own, prefix = {letter: f"{letter}{salt}" for letter in "abc"}, f"M-{salt}"
    mutes: list[Held] = []
    quiet: list[str | None] = []
    for index, step in enumerate(steps):
        _play(book, step, own, mutes, quiet, f"{prefix}-{index}")
    book.follow(batch_events=batch)
    with book.connect() as connection:
        rows = connection.execute(
            "SELECT muted_by FROM view_alerts.history WHERE step IN ('opened', 'joined') AND alert LIKE ANY (%s)"
            " ORDER BY position",
            ([f"{RULE}:{key_hash({'value': value})}:%" for value in own.values()],),
        ).fetchall()
    assert [row[0] for row in rows] == quiet
    mine = {letter: muted for letter in own if (muted := standing(book).get(own[letter], "none")) != "none"}
    for letter, muted in mine.items():
        assert muted == _quietest(mutes, own[letter])
    for each in mutes:  # leave nothing behind for the next example
        if not each.ended:
            book.submit([ending(each.name)])


def _play(book: Book, step: Any, own: dict[str, str], mutes: list[Held], quiet: list[str | None], name: str) -> None:
    """Send one step, and note what the oracle makes of it."""
    if step[0] == "found":
        value = own[step[1]]
        (answer,) = book.submit([finding(value, [len(quiet) + 1])])
        if answer.status == "accepted":
            quiet.append(_quietest(mutes, value))
    elif step[0] == "mute":
        parts, until = _renamed(step[1], own), _until(step[2])
        book.submit([muting(name, until.isoformat(), **parts)])
        mutes.append(Held(name, until, parts, ended=False))
    elif step[0] == "end" and step[1] < len(mutes):
        (answer,) = book.submit([ending(mutes[step[1]].name)])
        if answer.status == "accepted":
            mutes[step[1]] = mutes[step[1]]._replace(ended=True)
    elif step[0] == "close":
        book.submit([action("closed", own[step[1]], outcome="confirmed")])


def _quietest(mutes: list[Held], value: str) -> str | None:
    fitting = [each for each in mutes if not each.ended and each.until > NOW and _fits(each.parts, value)]
    return max(fitting, key=lambda each: (each.until, _backwards(each.name))).name if fitting else None


def _until(days: int) -> datetime:
    """In the past of the recording clock, or in its future; always after the mutes' own time."""
    return datetime(2026, 3, 4, tzinfo=UTC) if days < 0 else NOW + timedelta(days=1 + days)


def _backwards(name: str) -> list[int]:
    return [-ord(letter) for letter in name]


def _renamed(parts: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    made = dict(parts)
    if "key" in made:
        made["key"] = {**made["key"], "value": own[made["key"]["value"]]}
    if "subject" in made:
        made["subject"] = f"party:huizhong/{own['b']}"
    return made


def _fits(parts: dict[str, Any], value: str) -> bool:
    facts = {"rule": RULE, "key": {"value": value}, "subject": f"party:huizhong/{value}", "platform": "huizhong"}
    return all(facts[name] == wanted for name, wanted in parts.items())


def test_rebuilt_mutes_equal_the_live_ones(book: Book) -> None:
    tell(book, finding("a", [1]), muting("M-1", rule=RULE), finding("b", [2]), muting("M-2", key={"value": "b"}))
    tell(book, ending("M-1"), finding("c", [3]), finding("b", [4]))
    live = {name: rows for name, rows in book.dump().items() if name.startswith("alerts.")}
    book.forget()
    book.follow(batch_events=1)
    assert {name: rows for name, rows in book.dump().items() if name.startswith("alerts.")} == live
