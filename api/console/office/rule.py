"""One rule: what it does in short, its whole document, its versions, how its alerts ended, its candidate version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
import yaml
from starlette.responses import Response
from starlette.routing import Route

from api.console.charts import Chart, Series
from api.console.figures import thresholds
from api.console.office.rule_frame import framed, no_query, rule_of
from api.console.office.rules import RULES, right
from api.console.reasons import guide_of, laws_of, told
from api.console.sentences import label_of, pieces
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import N_, REASONS, known
from api.problems import Problem
from projections.alerts import Statistics, Week
from risk import history, shadow
from risk.document import Loaded
from risk.findings import Finding
from risk.kept import Version

WEEKS: Final = 26
SHOWN_MAX: Final = 100


class Step(NamedTuple):
    """A version in the history. `changed` None: it is not known against what; `live`: it runs now."""

    version: Version
    live: bool
    changed: list[history.Changed] | None


class Named(NamedTuple):
    """A measure, a parameter or a column, with what it is called and how it is made."""

    name: str
    label: str
    made: str


def routes(shell: Shell) -> list[Route]:
    """/console/rules/{name} and its pages that only show."""
    pages = {
        "": _summary(shell),
        "/document": _document(shell),
        "/history": _history(shell),
        "/statistics": _statistics(shell),
        "/shadow": _shadow(shell),
    }
    return [
        Route(f"{RULES}/{{name}}{end}", shell.page(page), methods=["GET"], include_in_schema=False)
        for end, page in pages.items()
    ]


def _summary(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        no_query(visit)
        loaded, say = rule_of(shell, visit), visit.speech
        counted = shell.services.reads.rule_statistics(loaded.rule.id).value.get(loaded.rule.id)
        last = shell.services.reads.newest_runs([loaded.rule.id]).value.get(loaded.rule.id)
        reason, reason_lang = pieces(loaded.rule.reason, say)
        return shell.render(
            visit,
            "office/rule.html",
            **framed(shell, visit, loaded, ""),
            reason=reason,
            reason_lang=reason_lang,
            params=thresholds(loaded.rule, say),
            guide=guide_of(loaded.rule, say.tag),
            laws=laws_of(loaded.rule, say.tag),
            counted=counted,
            right=right(counted),
            width=_width(loaded, say),
            last=last,
        )

    return page


def _document(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        no_query(visit)
        loaded, say = rule_of(shell, visit), visit.speech
        rule = loaded.rule
        return shell.render(
            visit,
            "office/rule_document.html",
            **framed(shell, visit, loaded, "/document"),
            width=_width(loaded, say),
            params=thresholds(rule, say),
            measures=[Named(name, label_of(name, say), expr) for name, expr in rule.measures.items()]
            or [Named(name, label_of(name, say), rule.sql or rule.shape or "") for name in rule.columns],
            table=_table(loaded),
            ties=[label_of(each.removeprefix("-"), say) for each in rule.score.ties],
            columns=[label_of(each, say) for each in rule.evidence.columns],
            raw=yaml.safe_dump(loaded.plain, allow_unicode=True, sort_keys=False, width=110),
        )

    return page


def _history(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        no_query(visit)
        loaded = rule_of(shell, visit)
        ran = shell.services.reads.rule_versions(loaded.rule.id).value
        return shell.render(
            visit,
            "office/rule_history.html",
            **framed(shell, visit, loaded, "/history"),
            steps=_steps(loaded, ran),
            told=_told,
        )

    return page


def _statistics(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        no_query(visit)
        loaded, say, services = rule_of(shell, visit), visit.speech, shell.services
        name = loaded.rule.id
        counted = services.reads.rule_statistics(name).value.get(name)
        since = _monday(services.now().astimezone(say.zone), WEEKS)
        weeks = services.reads.rule_weeks(name, since, services.time_zone).value
        return shell.render(
            visit,
            "office/rule_statistics.html",
            **framed(shell, visit, loaded, "/statistics"),
            counted=counted,
            right=right(counted),
            precision=_precision(counted),
            reasons=_reasons(counted, say),
            chart=_by_week(weeks, since, say),
            medians=_medians(counted, say),
        )

    return page


def _shadow(shell: Shell) -> Any:
    def page(visit: Visit) -> Response:
        budget = _budget(visit)
        loaded, say = rule_of(shell, visit), visit.speech
        candidate = shadow.candidates(dict(shell.services.rules)).get(loaded.rule.id)
        found = None if candidate is None else shell.services.reads.rule_shadow(candidate, budget).value
        return shell.render(
            visit,
            "office/rule_shadow.html",
            **framed(shell, visit, loaded, "/shadow"),
            candidate=candidate,
            budget=budget,
            found=found,
            changed=history.differences(loaded.plain, candidate.plain) if candidate else [],
            told=_told,
            lists=[] if found is None else _lists(found, say),
            tell=lambda each: told(each.zh, each.en, say.tag),
        )

    return page


def _lists(found: shadow.Beside, say: Speech) -> list[tuple[str, Sequence[Finding], int]]:
    """What only one side finds, and what both do: a heading, the strongest, how many there are."""
    parts = found.difference
    both = [theirs for _, theirs in parts.both]
    named = (
        (N_("Only the live version finds"), parts.only_left),
        (N_("Only the candidate finds"), parts.only_right),
        (N_("Both find"), both),
    )
    return [(say.text(said), each[:SHOWN_MAX], len(each)) for said, each in named]


def _budget(visit: Visit) -> int:
    query = dict(visit.request.query_params)
    text = query.pop("budget", str(shadow.BUDGET))
    if query or not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 10_000:
        raise Problem("invalid_parameter", "known: budget, from 1 to 10000.")
    return int(text[:6])


def _steps(loaded: Loaded, ran: Sequence[Version]) -> list[Step]:
    """Newest first; the present version is the first, also where it has not run yet."""
    versions = list(ran)
    if not any(each.hash == loaded.hash for each in versions):
        versions.insert(0, Version(loaded.rule.version, loaded.hash, None, loaded.plain))
    older: list[Version | None] = [*versions[1:], None]
    return [
        Step(
            new,
            new.hash == loaded.hash,
            None if old is None else history.differences(old.document, new.document),
        )
        for new, old in zip(versions, older, strict=True)
    ]


def _told(value: Any) -> str:
    """A part of a document in one line or a few."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _table(loaded: Loaded) -> tuple[list[str], list[list[str]]] | None:
    """Columns and rows of the rule's own figures, with their dates and citations."""
    table = loaded.plain.get("table")
    if not table:
        return None
    columns = [*table["match"], *table["gives"], "from", "to", "citation"]
    return columns, [[str(row.get(name) or "") for name in columns] for row in table["rows"]]


def _precision(counted: Statistics | None) -> int | None:
    """Confirmed, of all that were closed; basis points."""
    if counted is None:
        return None
    closed = counted.confirmed + counted.justified_look + counted.false_positive
    return counted.confirmed * 10_000 // closed if closed else None


def _reasons(counted: Statistics | None, say: Speech) -> list[tuple[str, int]]:
    """Why alarms were false, most frequent first."""
    found = sorted((counted.reasons if counted else {}).items(), key=lambda each: (-each[1], each[0]))
    return [(say.text(known(REASONS, code)), count) for code, count in found]


def _medians(counted: Statistics | None, say: Speech) -> list[tuple[str, str]]:
    named = (
        (N_("Until somebody looked, median"), counted.first_look if counted else None),
        (N_("Until it was closed, median"), counted.closing if counted else None),
    )
    return [
        (say.text(said), "–" if seconds is None else say.span(timedelta(seconds=max(0, seconds))))
        for said, seconds in named
    ]


def _monday(moment: datetime, weeks: int) -> datetime:
    """The start of the week that lies so many weeks back, the present one counted."""
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return start - timedelta(days=start.weekday() + 7 * (weeks - 1))


def _by_week(weeks: Sequence[Week], since: datetime, say: Speech) -> Chart:
    found = {each.begins: each for each in weeks}
    begins = [since.date() + timedelta(days=7 * place) for place in range(WEEKS)]
    own = [found.get(each, Week(each, 0, 0, 0)) for each in begins]
    return Chart(
        kind="stacked",
        title=say.text("Alerts opened each week, by what became of them"),
        along=say.text("Week from"),
        labels=[say.day(each) for each in begins],
        series=[
            Series(say.text("Worth the look"), [each.useful for each in own], "good"),
            Series(say.text("False alarm"), [each.false for each in own], "info"),
            Series(say.text("Not closed yet"), [each.raised - each.useful - each.false for each in own], "medium"),
        ],
    )


def _width(loaded: Loaded, say: Speech) -> str:
    window = loaded.rule.window
    if window.width == "life":
        return say.text("all that was ever reported")
    return say.plural("%(num)s day", "%(num)s days", window.width_days)
