"""A rule as a document: its form, strictly read. What one rule says stands in YAML, never in code."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from ledger.kernel.canonical import canonical, sha256
from risk import limits

FOLDER = Path(__file__).with_name("rules")
SEVERITIES = ("info", "low", "medium", "high", "critical")
LIFE_DAYS = 200_000  # a window as wide as a ledger can be old
SCORE_MAX = 1000

Severity = Literal["info", "low", "medium", "high", "critical"]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,40}\Z")]
Tie = Annotated[str, Meta(pattern=r"^-?[a-z][a-z0-9_]{0,40}\Z", description="`-` before it: smallest first.")]
RuleId = Annotated[str, Meta(pattern=r"^[A-Z]{1,2}\d{2}-[a-z0-9-]{1,60}\Z")]
Days = Annotated[str, Meta(pattern=r"^([1-9]\d{0,3}d|life)\Z", description="`28d`, or `life`: since the log began.")]
Expression = Annotated[str, Meta(min_length=1, max_length=2000, description="See risk/expressions.py.")]
Sentence = Annotated[str, Meta(min_length=3, max_length=600)]


class RuleError(ValueError):
    """A rule document can't be used; the message names the file, the place and what was expected."""


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """The same in Chinese and in English."""

    zh: Sentence
    en: Sentence


class Effective(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """The evaluation days that this version judges, both ends included."""

    since: date
    until: date | None = None


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """Days D - width + 1 to D. `hop`: every how many days it is evaluated, counted from 1970-01-01."""

    width: Days
    hop: Annotated[str, Meta(pattern=r"^[1-9]\d{0,2}d\Z")] = "1d"

    @property
    def width_days(self) -> int:
        return LIFE_DAYS if self.width == "life" else int(self.width[:-1])

    @property
    def hop_days(self) -> int:
        return int(self.hop[:-1])


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures that differ by jurisdiction, currency or date: joined to each row, valid on the evaluation day.

    A row without an entry is left out: where there is no such limit, nothing can exceed it. `rulebook` names limits of
    the rulebooks: their rows, and what they are cited by, stand before the document's own.
    """

    match: Annotated[list[Name], Meta(min_length=1)]  # columns of the input that select an entry
    gives: Annotated[list[Name], Meta(min_length=1)]  # columns that the entry adds, integers
    rows: Annotated[list[dict[str, Any]], Meta(min_length=1)]  # match, gives, from, to?, citation
    rulebook: list[str] = msgspec.field(default_factory=list)


class Score(Struct, frozen=True, forbid_unknown_fields=True):
    """How much it matters, 0 to `cap`. Equal scores are ordered by `ties`, largest first, then by key."""

    expr: Expression
    cap: Annotated[int, Meta(ge=1, le=SCORE_MAX)] = SCORE_MAX
    ties: Annotated[list[Tie], Meta(min_length=1)] = msgspec.field(default_factory=list)


class Band(Struct, frozen=True, forbid_unknown_fields=True):
    """From this score on, this severity."""

    score: Annotated[int, Meta(ge=0, le=SCORE_MAX)]
    severity: Severity


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """`columns` are shown as figures; `positions` are the input's columns of event positions that prove it."""

    columns: Annotated[list[Name], Meta(min_length=1)]
    positions: list[Name] = msgspec.field(default_factory=lambda: ["position"])
    limit: Annotated[int, Meta(ge=1, le=500)] = 500


class Dedupe(Struct, frozen=True, forbid_unknown_fields=True):
    """Findings with equal `key` columns are one matter, and one open alert.

    `merge_window`: how far apart two of them may lie to be one alert in a backtest, where nobody closes alerts.
    """

    key: Annotated[list[Name], Meta(min_length=1)]
    merge_window: Days = "life"

    @property
    def merge_days(self) -> int:
        return LIFE_DAYS if self.merge_window == "life" else int(self.merge_window[:-1])


class Guide(Struct, frozen=True, forbid_unknown_fields=True):
    """What an investigator does next, step by step."""

    zh: Annotated[list[Sentence], Meta(min_length=3)]
    en: Annotated[list[Sentence], Meta(min_length=3)]


class Legal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the rule rests on. `read`: the text was read in the source named, not remembered."""

    text: Words | Sentence  # one language only in versions that ran before there were two
    citation: Sentence
    read: bool = True


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """When it runs, in whose time: five cron fields and an IANA zone. A run judges the day before.

    `every`: also near real time, at most this often: then it looks at the groups that new events touched.
    """

    cron: Annotated[str, Meta(pattern=r"^\S+( \S+){4}\Z")]
    zone: str
    every: Annotated[str, Meta(pattern=r"^[1-9]\d{0,4}(ms|s)\Z", description="`5s`, `500ms`.")] | None = None

    @property
    def every_ms(self) -> int | None:
        if self.every is None:
            return None
        return int(self.every[:-2]) if self.every.endswith("ms") else int(self.every[:-1]) * 1000


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of one rule: one SQL statement over its input.

    What rows become groups by is one of three: `measures` over the window; `sql`, a file beside the document, where it
    needs joins of its own; `shape`, a pure function of risk/shapes, where SQL can't say it well.
    """

    id: RuleId
    version: Annotated[int, Meta(ge=1)]
    effective: Effective
    maturity: Literal["draft", "shadow", "live", "retired"]
    retired_reason: Sentence | None = None
    title: Words
    typology: Annotated[str, Meta(min_length=3, max_length=200)]
    input: Annotated[str, Meta(pattern=r"^v\d+\.[a-z_]+\Z")]
    filter: Expression | None = None
    window: Window
    params: dict[Name, Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]]
    table: Table | None = None
    group_by: Annotated[list[Name], Meta(min_length=1)]
    null_key: Literal["drop", "group", "separate"]
    measures: dict[Name, Expression] = msgspec.field(default_factory=dict)
    sql: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+\.sql\Z")] | None = None
    shape: Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,40}@[1-9]\d{0,3}\Z")] | None = None
    columns: list[Name] = msgspec.field(default_factory=list)  # integers that `sql` or `shape` gives
    # Once more rows can only make `having` truer, groups that fail it over all rows are left out beforehand: faster.
    monotone: bool = False
    having: Expression
    score: Score
    severity: Annotated[list[Band], Meta(min_length=1)]
    evidence: Evidence
    dedupe: Dedupe
    platform: Name | None = None  # the group column that names the platform concerned
    subject: Annotated[list[str], Meta(max_length=8)]  # keys of what it is about, such as "platform:{platform}"
    # A column of the input whose values, the first 32, are subjects as well; with `shape`, what it gives as members.
    members: Name | None = None
    reason: Words
    guide: Guide
    legal: list[Legal] = msgspec.field(default_factory=list)
    schedule: Schedule
    shareable: bool = False

    def severity_of(self, score: int) -> str:
        """The severity of the highest band that the score reaches."""
        return max((band for band in self.severity if band.score <= score), key=lambda band: band.score).severity

    def judges(self, day: date) -> bool:
        """Whether this version is in effect on an evaluation day."""
        return self.effective.since <= day and (self.effective.until is None or day <= self.effective.until)


class Loaded(Struct, frozen=True):
    """A rule with what freezes it: the hash over document and SQL file."""

    rule: Rule
    hash: str
    sql: str | None
    name: str  # of the file
    plain: dict[str, Any]  # the document as JSON has it


def load(path: Path) -> Loaded:
    """Read one document. Raises RuleError."""
    try:
        raw = _with_limits(yaml.safe_load(path.read_text(encoding="utf-8")))
        rule = msgspec.convert(raw, Rule)
    except (yaml.YAMLError, ValueError) as error:
        raise RuleError(f"{path.name}: {error}") from None
    sql = _beside(path, rule)
    _check(path, rule)
    plain = _plain(raw)
    return Loaded(rule, sha256(canonical({"document": plain, "sql": sql})).hex(), sql, path.name, plain)


def _with_limits(raw: Any) -> Any:
    """The document with the rows of the limits that its table names. Raises ValueError."""
    table = raw.get("table") if isinstance(raw, dict) else None
    if not isinstance(table, dict) or not table.get("rulebook"):
        return raw
    named = msgspec.convert({**table, "rows": [{}]}, Table)
    found = limits.rows(named.rulebook, named.match, named.gives)
    return {**raw, "table": {**table, "rows": [*found, *table.get("rows", ())]}}


def restore(plain: dict[str, Any], sql: str | None) -> Loaded:
    """A rule as it was kept beside its runs."""
    rule = msgspec.convert(plain, Rule)
    return Loaded(rule, sha256(canonical({"document": plain, "sql": sql})).hex(), sql, f"{rule.id}.yaml", plain)


def load_all(folder: Path = FOLDER) -> dict[str, Loaded]:
    """All documents of a folder by id, in the order of ids. Raises RuleError for the first that can't be used."""
    found: dict[str, Loaded] = {}
    for path in sorted(folder.glob("*.yaml")):
        loaded = load(path)
        if loaded.rule.id in found:
            raise RuleError(f"{path.name}: the id {loaded.rule.id} is taken by {found[loaded.rule.id].name}.")
        found[loaded.rule.id] = loaded
    return found


def _beside(path: Path, rule: Rule) -> str | None:
    if rule.sql is None:
        return None
    try:
        return path.with_name(rule.sql).read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(f"{path.name}: sql {rule.sql} can't be read: {error.strerror}.") from None


def _check(path: Path, rule: Rule) -> None:
    """What the types can't say."""
    problems = _check_way(rule)
    if path.stem != rule.id:
        problems.append(f"the file is to be called {rule.id}.yaml")
    if rule.window.width_days < rule.window.hop_days:
        problems.append(f"the window {rule.window.width} is narrower than its hop {rule.window.hop}: days go unseen")
    problems += [*_check_bands(rule), *_check_subject(rule)]
    if rule.maturity == "retired" and not rule.retired_reason:
        problems.append("a retired rule says why (retired_reason)")
    if rule.sql and rule.members is not None:
        problems.append("members goes with measures, not with sql")
    if rule.monotone and (rule.table is not None or not rule.measures):
        problems.append("monotone goes with measures over the input alone, without table, sql or shape")
    if rule.shape and (rule.table is not None or rule.null_key == "separate"):
        problems.append("a shape sees rows of the input alone: no table, and null_key is drop or group")
    if rule.table is not None:
        problems += _check_table(rule.table)
    if problems:
        raise RuleError(f"{path.name}: {'; '.join(problems)}.")


def _check_way(rule: Rule) -> list[str]:
    """How rows become groups, and what can't be had every way."""
    problems = []
    ways = [bool(rule.measures), rule.sql is not None, rule.shape is not None]
    if sum(ways) != 1 or bool(rule.columns) == bool(rule.measures):
        problems.append("it needs `measures`, or else `sql` or `shape` with the `columns` that it gives")
    if rule.schedule.every and not (rule.measures and rule.evidence.positions):
        problems.append(
            "schedule.every goes with measures and evidence.positions: it looks at groups with new evidence"
        )
    return problems


def _check_subject(rule: Rule) -> list[str]:
    problems = []
    if unknown := sorted(set(rule.dedupe.key) - set(rule.group_by)):
        problems.append(f"dedupe.key names {', '.join(unknown)}, which is not in group_by")
    if rule.platform is not None and rule.platform not in rule.group_by:
        problems.append(f"platform names {rule.platform}, which is not in group_by")
    if not rule.subject and rule.members is None:
        problems.append("it says what it is about: subject or members")
    return problems


def _check_bands(rule: Rule) -> list[str]:
    scores = [band.score for band in rule.severity]
    ranks = [SEVERITIES.index(band.severity) for band in rule.severity]
    if scores[0] == 0 and scores == sorted(set(scores)) and ranks == sorted(set(ranks)):
        return []
    return ["severity bands begin at score 0 and rise in both score and severity"]


def _check_table(table: Table) -> list[str]:
    needed, allowed = {*table.match, *table.gives, "from"}, {*table.match, *table.gives, "from", "to", "citation"}
    problems = []
    for number, row in enumerate(table.rows, start=1):
        if not needed <= row.keys() <= allowed:
            problems.append(f"table row {number} has {sorted(row)}, not {sorted(needed)} (and perhaps to, citation)")
        elif not all(type(row[name]) is int for name in table.gives):
            problems.append(f"table row {number}: {', '.join(table.gives)} are integers")
        elif not all(isinstance(row[name], str | int) for name in table.match):
            problems.append(f"table row {number}: {', '.join(table.match)} are texts or integers")
        elif not all(_is_date(row[name]) for name in ("from", "to") if row.get(name) is not None):
            problems.append(f"table row {number}: from and to are dates")
    return problems


def _is_date(value: Any) -> bool:
    try:
        return day_of(value) is not None
    except ValueError:
        return False


def day_of(value: date | str) -> date:
    """A date of a document: YAML reads one, the stored JSON has text. Raises ValueError."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _plain(value: Any) -> Any:
    """Dates as text, so that the document has canonical bytes."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def referenced(template: str) -> list[str]:
    """The names in braces of a template: `{investors}`, `{total|money}`."""
    return re.findall(r"\{([a-z][a-z0-9_]*)(?:\|[a-z]+)?\}", template)
