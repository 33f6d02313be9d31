"""Labels of a transfer set (the form of its README): read for scoring alone, never by a rule or an importer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ops.importers import files
from ops.importers.base import ImportProblem

SET_FILES = ("labels", "patterns", "pattern_accounts", "transactions")


@dataclass(frozen=True)
class Labels:
    """What is true of a set. Days are counted from 1970-01-01."""

    typology: dict[str, str]  # pattern -> its typology
    days: dict[str, frozenset[int]]  # pattern -> days with one of its transfers
    patterns: dict[str, tuple[str, ...]]  # account -> its patterns
    first_day: int
    last_day: int
    shortcuts: dict[str, float]

    def touched(self, account: str, first: int, last: int) -> list[str]:
        """The patterns that the account belongs to and that have a transfer on the days from first to last."""
        return [
            each for each in self.patterns.get(account, ())
            if any(first <= day <= last for day in self.days.get(each, ()))
        ]  # fmt: skip


def read(folder: Path) -> Labels:
    """The labels of a set. Raises ImportProblem where a file is missing."""
    kind = {row["tx_id"]: row for row in _rows(folder, "labels")}
    days: defaultdict[str, set[int]] = defaultdict(set)
    amounts: tuple[list[float], list[float]] = [], []  # of normal and of illicit transfers
    normal: defaultdict[str, int] = defaultdict(int)
    seen: list[int] = []
    for row in _rows(folder, "transactions"):
        label, day = kind[row["tx_id"]], _day(row["ts"])
        seen.append(day)
        illicit = label["pattern_id"] not in ("", "0")
        amounts[illicit].append(float(row["amount"]))
        if illicit:
            days[label["pattern_id"]].add(day)
        else:
            normal[row["src"]] += 1
            normal[row["dst"]] += 1
    typology = {row["pattern_id"]: row["typology"] for row in _rows(folder, "patterns")}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(folder, "pattern_accounts"):
        members[row["account_id"]].append(row["pattern_id"])
    degrees = [float(degree) for account, degree in normal.items() if account not in members]
    shortcuts = {
        "amount_alone_auc": area(amounts[0], amounts[1]),
        "normal_degree_alone_auc": area(degrees, [float(normal.get(account, 0)) for account in members]),
    }
    return Labels(
        typology, {name: frozenset(each) for name, each in days.items()},
        {account: tuple(each) for account, each in members.items()}, min(seen), max(seen), shortcuts,
    )  # fmt: skip


def area(low: Sequence[float], high: Sequence[float]) -> float:
    """The chance that a random value of `high` is above one of `low`, ties half: the area under the ROC curve."""
    if not low or not high:
        return 0.5
    ordered = sorted([(value, 0) for value in low] + [(value, 1) for value in high])
    below = wins = 0.0
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        highs = sum(which for _, which in ordered[at:end])
        lows = end - at - highs
        wins += highs * (below + lows / 2)
        below += lows
        at = end
    return wins / (len(low) * len(high))


def _day(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal() - date(1970, 1, 1).toordinal()


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    for suffix in files.CSV_SUFFIXES:
        path = folder / (name + suffix)
        if path.exists():
            yield from (row for row in files.rows(path) if row is not None)
            return
    wanted = ", ".join(f"{each}.csv(.gz)" for each in SET_FILES)
    raise ImportProblem(f"{folder} has no {name}.csv or {name}.csv.gz. A labelled set has {wanted}, accounts.csv.")
