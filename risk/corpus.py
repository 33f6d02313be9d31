"""What holds for all rules together: the lock that freezes each version, and a check of everything a rule must have.

After the corpus tests of Elastic's detection rules: ids unique and files named after them, a changed rule bumps its
version, look-back at least the interval, every word in both languages, every name in a template known, fixtures there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from risk import document, fixtures
from risk.compile import compile_rule
from risk.document import FOLDER, Loaded, Rule, RuleError, referenced
from risk.words import FORMS

LOCK = "lock.json"
_FIELDS = ("minute", "hour", "day", "month", "weekday")


def read_lock(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Rule id -> {version, hash} as they were last frozen."""
    path = folder / LOCK
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_lock(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Freeze the rules as they are. Raises RuleError where one was changed under its old version, or is gone."""
    rules = document.load_all(folder)
    if found := drift(rules, read_lock(folder)):
        raise RuleError(" ".join(found))
    lock = {name: {"version": each.rule.version, "hash": each.hash} for name, each in rules.items()}
    (folder / LOCK).write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return lock


def drift(rules: dict[str, Loaded], lock: dict[str, dict[str, Any]]) -> list[str]:
    """What breaks the promise that a version never changes, and an id never goes away."""
    problems = []
    for name, frozen in lock.items():
        loaded = rules.get(name)
        if loaded is None:
            problems.append(f"{name} is gone: an id is for life; keep the document, with maturity retired.")
        elif loaded.rule.version < frozen["version"]:
            problems.append(f"{name} went back from version {frozen['version']} to {loaded.rule.version}.")
        elif loaded.rule.version == frozen["version"] and loaded.hash != frozen["hash"]:
            problems.append(f"{name} was changed: make it version {loaded.rule.version + 1}.")
    return problems


def unlocked(rules: dict[str, Loaded], lock: dict[str, dict[str, Any]]) -> list[str]:
    """Rules whose present version is not frozen yet: `crowdledger rules lock` does it."""
    return [name for name, each in rules.items() if lock.get(name, {}).get("hash") != each.hash]


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
