"""What holds for all rules together: the lock that freezes each version, and a check of everything a rule must have.

After the corpus tests of Elastic's detection rules: ids unique and files named after them, a changed rule bumps its
version, look-back at least the interval, every word in both languages, every name in a template known, fixtures there.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from risk import document, fixtures
from risk.compile import compile_rule
from risk.document import FOLDER, Loaded, Rule, RuleError, referenced
from risk.figures import unnamed
from risk.words import FORMS

LOCK = "rules.lock"  # a line per rule, so that two changes at once merge
_FIELDS = ("minute", "hour", "day", "month", "weekday")


class Frozen(NamedTuple):
    """A version of a rule that may not change any more."""

    version: int
    hash: str


def read_lock(folder: Path = FOLDER) -> dict[str, Frozen]:
    """Rule id -> what was frozen of it last. Where a merge left two lines of one rule, the higher version counts."""
    path = folder / LOCK
    found: dict[str, Frozen] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        name, version, digest = line.split()
        found[name] = max(Frozen(int(version), digest), found.get(name, Frozen(0, "")))
    return found


def write_lock(folder: Path = FOLDER) -> dict[str, Frozen]:
    """Freeze the rules as they are. Raises RuleError where one was changed under its old version, or is gone."""
    rules = document.load_all(folder)
    if found := drift(rules, read_lock(folder)):
        raise RuleError(" ".join(found))
    lock = {name: Frozen(each.rule.version, each.hash) for name, each in rules.items()}
    lines = [f"{name} {each.version} {each.hash}\n" for name, each in sorted(lock.items())]
    (folder / LOCK).write_text("".join(lines), encoding="utf-8")
    return lock


def drift(rules: dict[str, Loaded], lock: dict[str, Frozen]) -> list[str]:
    """What breaks the promise that a version never changes, and an id never goes away."""
    problems = []
    for name, frozen in lock.items():
        loaded = rules.get(name)
        if loaded is None:
            problems.append(f"{name} is gone: an id is for life; keep the document, with maturity retired.")
        elif loaded.rule.version < frozen.version:
            problems.append(f"{name} went back from version {frozen.version} to {loaded.rule.version}.")
        elif loaded.rule.version == frozen.version and loaded.hash != frozen.hash:
            problems.append(f"{name} was changed: make it version {loaded.rule.version + 1}.")
    return problems


def unlocked(rules: dict[str, Loaded], lock: dict[str, Frozen]) -> list[str]:
    """Rules whose present version is not frozen yet: `crowdledger rules lock` does it."""
    return [name for name, each in rules.items() if name not in lock or lock[name].hash != each.hash]


def problems(loaded: Loaded, folder: Path = FOLDER) -> list[str]:
    """What a rule lacks, beyond what loading it checks."""
    rule = loaded.rule
    found = [*_template_problems(rule), *_schedule_problems(rule)]
    try:
        compile_rule(loaded)
        compile_rule(loaded, fixture=True)
        fixtures.load(fixtures.path_of(rule.id, folder))
    except RuleError as error:
        found.append(str(error))
    if len(rule.guide.zh) != len(rule.guide.en):
        found.append("the guide has not the same steps in both languages")
    if nameless := unnamed(rule):
        found.append(f"risk/figures.yaml has no words for {', '.join(nameless)}")
    if any(isinstance(law.text, str) for law in rule.legal):
        found.append("the legal basis is told in one language only")
    if rule.dedupe.merge_days < rule.window.hop_days:
        found.append(f"merge_window {rule.dedupe.merge_window} is shorter than the hop {rule.window.hop}")
    return [f"{rule.id}: {each}" for each in found]


def _template_problems(rule: Rule) -> list[str]:
    groups = set(rule.group_by)
    values = {*groups, *rule.measures, *rule.columns, *rule.params, "day", *(["members"] if rule.members else [])}
    found = []
    for text in (rule.reason.zh, rule.reason.en):
        found += [f"the reason names {name}, which is not there" for name in referenced(text) if name not in values]
        found += [f"the reason uses the form {form}, which is not there" for form in _forms(text) if form not in FORMS]
        if "money" in _forms(text) and "currency" not in groups:
            found.append("the reason shows money, but currency is not in group_by")
    if referenced(rule.reason.zh) and set(referenced(rule.reason.zh)) != set(referenced(rule.reason.en)):
        found.append("the reason does not say the same in both languages")
    for text in rule.subject:
        found += [
            f"the subject names {name}, which is not in group_by" for name in referenced(text) if name not in groups
        ]
    return found


def _forms(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("|")[1:]]


def _schedule_problems(rule: Rule) -> list[str]:
    found = []
    try:
        ZoneInfo(rule.schedule.zone)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(f"there is no time zone {rule.schedule.zone}")
    cron = dict(zip(_FIELDS, rule.schedule.cron.split(), strict=True))
    # Rules run daily or more rarely; a window narrower than the interval would leave days unseen.
    interval = 31 if cron["day"] != "*" else 7 if cron["weekday"] != "*" else 1
    if rule.window.width_days < interval:
        found.append(f"the window {rule.window.width} is narrower than the interval of {rule.schedule.cron!r}")
    return found
