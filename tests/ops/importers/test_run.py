"""A run sends in order, counts what came back, and ends alike however often it is repeated or cut short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ops.importers import run
from ops.importers.base import Event, ImportProblem, Row, event, registered, rejection
from ops.importers.formats import FORMATS, importer
from ops.importers.run import Progress, run_import
from ops.importers.sinks import Answers

ROWS = 57


class Counting:
    """A format of two events a row, every tenth row rejected."""

    name = "counting"
    wants = "nothing"
    suffixes: tuple[str, ...] = (".csv",)
    reasons: ClassVar[Mapping[str, str]] = {"tenth": "every tenth is"}

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        return registered("p", "P", ["reward"], "2020-01-01T00:00:00Z")

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        yield Row(("support",), [event("platform:p", "support", "x", "2020-01-01T00:00:00Z", {})], counted=False)
        for number in range(ROWS):
            if number % 10 == 9:
                yield rejection(("",), "tenth")
                continue
            pair = [event("platform:p", f"{number}:{part}", "x", "2020-01-01T00:00:00Z", {}) for part in "ab"]
            yield Row(("",), pair)

    def totals(self) -> Any:
        class Nothing:
            def add(self, row: Row) -> None:
                pass

            def result(self) -> dict[str, Any]:
                return {"own": "figure"}

        return Nothing()


def ignore(_: Progress) -> None:
    pass


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_EVENTS", 10)


def test_figures_say_what_became_of_rows_and_events(memory_ledger: Any) -> None:
    seen: list[int] = []
    figures = run_import(Counting(), [], memory_ledger, lambda progress: seen.append(progress.rows))
    assert figures == {
        "rows": 57, "events": 107, "accepted": 107, "duplicate": 0, "parked": 0, "refused": 0,
        "rejected": {"tenth": 5}, "refused_by_code": {}, "problems": [], "not_sent": 0, "own": "figure",
    }  # fmt: skip
    assert seen == sorted(seen)
    assert seen[-1] == 57
    assert [each["id"] for each in memory_ledger.order[:4]] == ["p:registered", "p:licensed", "support", "0:a"]


def test_a_second_run_adds_nothing(memory_ledger: Any) -> None:
    first = run_import(Counting(), [], memory_ledger, ignore)
    second = run_import(Counting(), [], memory_ledger, ignore)
    assert (second["accepted"], second["duplicate"]) == (0, first["accepted"])


@pytest.mark.parametrize("batches", [0, 1, 5, 11])
def test_a_run_that_was_killed_ends_alike_when_it_is_repeated(make_ledger: Callable[..., Any], batches: int) -> None:
    whole, cut = make_ledger(), make_ledger()
    run_import(Counting(), [], whole, ignore)
    cut.dies_after = batches
    with pytest.raises(ConnectionError):
        run_import(Counting(), [], cut, ignore)
    cut.dies_after = None
    figures = run_import(Counting(), [], cut, ignore)
    assert cut.order == whole.order
    assert figures["accepted"] + figures["duplicate"] == figures["events"] == 107


def test_no_more_than_a_few_batches_are_under_way(memory_ledger: Any) -> None:
    class Slow:
        """Answers the oldest batch only when asked for it."""

        def __init__(self) -> None:
            self.open = self.most = 0

        def takes(self, source: str) -> bool:
            return True

        def send(self, events: Sequence[Event]) -> Future[Answers]:
            self.open += 1
            self.most = max(self.most, self.open)
            future: Future[Answers] = Future()
            given = future.result

            def result(timeout: float | None = None) -> Answers:
                if not future.done():
                    self.open -= 1
                    future.set_result(Answers())
                return given(timeout)

            future.result = result  # type: ignore[method-assign]
            return future

    slow = Slow()
    run_import(Counting(), [], slow, ignore)
    assert slow.open == 0
    assert 1 < slow.most <= run.BATCHES_UNDER_WAY + 1


def test_refused_events_are_counted_by_code_and_some_are_shown(memory_ledger: Any) -> None:
    for number in range(40):
        memory_ledger.events["platform:p", f"{number}:a"] = b"other content"
    figures = run_import(Counting(), [], memory_ledger, ignore)
    assert figures["refused"] == 36
    assert figures["refused_by_code"] == {"id_reused": 36}
    assert len(figures["problems"]) == run.PROBLEMS_MAX
    assert figures["problems"][0] == {
        "source": "platform:p", "id": "0:a", "status": "refused", "code": "id_reused", "detail": "other content",
    }  # fmt: skip


def test_without_a_key_for_the_registry_only_its_events_stay_out(make_ledger: Callable[..., Any]) -> None:
    ledger = make_ledger(frozenset({"platform:p"}))
    figures = run_import(Counting(), [], ledger, ignore)
    assert (figures["not_sent"], figures["accepted"]) == (2, 105)


def test_an_unknown_format_lists_those_there_are() -> None:
    assert {"cloudevents", "gitcoin", "lendingclub", "sec-form-c"} <= set(FORMATS)
    with pytest.raises(ImportProblem, match=r"no import format 'xlsx'.*cloudevents, gentex, gitcoin, "):
        importer("xlsx")
