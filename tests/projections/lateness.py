"""Random books in which everything is told late, early and at once, and taken back."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.ledger.decisions import test_invariants as invariants
from tests.ledger.given import Event
from tests.ledger.stories import campaign, correct, loan, market, on_pledge
from tests.projections.book import Book

# Few moments, so that many events share one, and events lie exactly on a moment that is asked for.
MOMENTS = [f"2026-03-{day:02d}T10:00:00{offset}" for day in range(1, 20, 3) for offset in ("Z", "+08:00")]
times = st.sampled_from(MOMENTS)
extra = st.builds(lambda share: Event("campaign.delivered", {"campaign": "C", "share": share}), st.sampled_from("01"))
deadlines = st.builds(
    lambda date: Event("campaign.amended", {"campaign": "C", "material": False, "deadline": date}),
    st.sampled_from(["2026-04-05", "2026-04-06T00:00:00Z"]),
)
material = st.builds(
    lambda goal: Event("campaign.amended", {"campaign": "C", "material": True, "goal": goal}), st.integers(5, 9)
)
reconfirmed = st.builds(lambda p: on_pledge("reconfirmed", p), invariants.pledges)
failed = st.builds(lambda p: on_pledge("collection_failed", p, retry_at="2026-04-02"), invariants.pledges)


def _lapse(amended_at: str, by: str) -> Event:
    window = {"amended_at": amended_at, "reconfirm_by": by, "window": "5 working days", "citation": "terms, 4"}
    return Event(
        "pledges.lapsed", {"platform": "huizhong", "campaign": "C", **window}, "system", "2026-03-25T00:00:00Z"
    )


lapses = st.builds(_lapse, times, times)
_campaigns = invariants.campaigns | invariants.amended | extra | deadlines | material | reconfirmed | failed
_loans = invariants.loans | st.builds(
    lambda term: Event("loan.restructured", {"loan": "L", "term_months": term, "reason": "the flood"}),
    st.integers(6, 18),
)


def _timed(events: st.SearchStrategy[Event]) -> st.SearchStrategy[Event]:
    return st.builds(lambda event, time: event.at(time), events, times)


corrections = st.builds(lambda number, time: correct(f"e{number}").at(time), st.integers(1, 40), times)
campaign_books = st.lists(_timed(_campaigns) | corrections | lapses, min_size=5, max_size=35)
loan_books = st.lists(_timed(_loans) | corrections, min_size=5, max_size=35)
CAMPAIGN = [*market(), campaign(goal=20, cap=60, minimum=1).at(MOMENTS[0])]
LOAN = [each.at(MOMENTS[0]) for each in invariants.WHOLE]
LISTED = [*market(), loan(amount=60).at(MOMENTS[0])]
# What stands before, and what happens then.
books = st.tuples(st.just(CAMPAIGN), campaign_books) | st.tuples(st.sampled_from([LOAN, LISTED]), loan_books)


def open_book(book: Book, scope: str, story: list[Event]) -> None:
    """What a random book begins with, told by the platform `scope`."""
    book.tell([each.called(f"{scope}-{n}") for n, each in enumerate(story)], scope)


def name(scope: str, number: int, event: Event) -> str:
    """The id of the `number`-th event: what a correction names, and unique where all platforms share a source."""
    return f"e{number}" if event.source.startswith("platform:") else f"{scope}-e{number}"
