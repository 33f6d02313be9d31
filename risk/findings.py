"""Findings: what a rule says about one group on one evaluation day. Pure: from rows to findings to events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from ledger.events.alerts import EVIDENCE_MAX, AlertFound
from ledger.events.base import MAX_AMOUNT
from ledger.kernel.canonical import canonical, sha256
from ledger.states.alerts import SEVERITIES, AlertKey, alert_key, key_hash
from risk import words
from risk.compile import Compiled, date_of
from risk.document import LIFE_DAYS, Rule, referenced

_SECONDS_A_DAY = 86_400


class Finding(Struct, frozen=True):
    """One group on one day. `key` is what makes it the same matter as another finding of the rule; times in seconds."""

    rule: str
    version: int
    day: int  # evaluation day, days since 1970-01-01
    first_day: int  # of the window
    epoch: int  # when the newest of its evidence happened
    key: dict[str, str]
    platform: str | None
    subject: tuple[str, ...]
    severity: str
    score: int
    figures: dict[str, int]
    params: dict[str, int]
    evidence: tuple[int, ...]  # positions, ascending; the newest where there are more than the limit
    evidence_count: int
    zh: str
    en: str
    shareable: bool

    @property
    def alert_key(self) -> str:
        """The key of the state that dedupes it."""
        return alert_key(self.rule, key_hash(self.key))


def finding(rule: Rule, compiled: Compiled, params: Mapping[str, int], row: Sequence[Any]) -> Finding:
    """A row of the compiled statement as a finding."""
    day, score, epoch = int(row[0]), int(row[1]), row[2]
    rest = row[3:]
    group = dict(zip(compiled.keys, rest, strict=False))
    rest = rest[len(compiled.keys) :]
    figures = {name: _bounded(value) for name, value in zip(compiled.measures, rest, strict=False) if value is not None}
    rest = rest[len(compiled.measures) :]
    members: list[str] = (rest[-1] or []) if compiled.members else []
    evidence, count = _evidence(rest[: 2 * len(compiled.positions)], rule.evidence.limit)
    first_day = 0 if rule.window.width_days == LIFE_DAYS else day - rule.window.width_days + 1
    values = {**params, **dict.fromkeys(compiled.measures), **figures, **group, "day": day, "members": _named(members)}
    platform = group.get(rule.platform) if rule.platform else None
    return Finding(
        rule.id, rule.version, day, max(first_day, 0), max(int(epoch or 0), day * _SECONDS_A_DAY),
        {name: "" if group[name] is None else str(group[name]) for name in _key_columns(rule, compiled)},
        platform, _subject(rule, group, members), rule.severity_of(score), score,
        {name: figures[name] for name in rule.evidence.columns if name in figures}, dict(params), evidence, count,
        words.fill(rule.reason.zh, values, "zh"), words.fill(rule.reason.en, values, "en"), rule.shareable,
    )  # fmt: skip


def unanswered(rule: Rule, days: Sequence[int], reason: str) -> Finding:
    """What is told where a rule could not answer: once for each of its versions."""
    day = max(days)
    zh = f"规则 {rule.title.zh}（{rule.id}）未能得出结论：{reason}"
    en = f"{rule.title.en} ({rule.id}) could not be answered: {reason}"
    return Finding(
        rule.id, rule.version, day, min(days), day * _SECONDS_A_DAY, {"unanswered": f"version {rule.version}"}, None,
        (), "info", 0, {}, dict(rule.params), (), 0, zh[:1000], en[:1000], shareable=False,
    )  # fmt: skip


def _key_columns(rule: Rule, compiled: Compiled) -> list[str]:
    return [*rule.dedupe.key, *compiled.keys[len(rule.group_by) :]]


def _bounded(value: Any) -> int:
    """An integer that JSON carries: what is larger is shown as the largest, the predicate saw the true one."""
    return max(-MAX_AMOUNT, min(MAX_AMOUNT, int(value)))


def _evidence(columns: Sequence[Any], limit: int) -> tuple[tuple[int, ...], int]:
    lists, counts = columns[0::2], columns[1::2]
    positions = sorted({int(position) for each in lists for position in each or ()})
    kept = positions[-min(limit, EVIDENCE_MAX) :]
    return tuple(kept), max(len(positions), sum(int(count) for count in counts))


def _named(members: Sequence[str]) -> str:
    """The first three, by the last part of their keys."""
    names = [member.rpartition("/")[2] for member in members]
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _subject(rule: Rule, group: Mapping[str, Any], members: Iterable[str]) -> tuple[str, ...]:
    """Keys of the entities concerned; a template that names something not reported is left out."""
    known = [each for each in rule.subject if all(group[name] is not None for name in referenced(each))]
    return tuple(dict.fromkeys([*(words.fill(each, group, "en") for each in known), *members]))


def result_hash(found: Iterable[Finding]) -> str:
    """SHA-256 over the findings in their order: two runs with equal hashes found the same."""
    return sha256(canonical([{**asdict(each), "subject": list(each.subject), "evidence": list(each.evidence)}
                             for each in found])).hex()  # fmt: skip


def coalesce(found: Iterable[Finding], known: Mapping[str, AlertKey]) -> list[Finding]:
    """The findings worth sending: those that show something new, days in order, given what alert keys know already.

    A window slides over the same events for weeks; without this, one alert would be told the same thing every night.
    The decision in the append refuses what is not new anyhow; this keeps the log of refusals empty.
    """
    seen: dict[str, set[int]] = {}
    severity: dict[str, str] = {}
    kept = []
    for each in sorted(found, key=lambda one: one.day):  # stable: within a day the order stays
        own = each.alert_key
        state = known.get(own)
        if own not in seen:
            seen[own] = set(state.seen) if state else set()
            severity[own] = state.severity if state and state.status != "closed" else ""
        floor = state.floor if state else 0
        fresh = {position for position in each.evidence if position > floor} - seen[own]
        first = state is None and not severity[own]
        worse = severity[own] != "" and SEVERITIES.index(each.severity) > SEVERITIES.index(severity[own])
        if fresh or first or worse:
            kept.append(each)
            seen[own] |= fresh
            severity[own] = max(severity[own] or each.severity, each.severity, key=SEVERITIES.index)
    return kept


def event(each: Finding) -> dict[str, Any]:
    """The CloudEvent of a finding. Its id is a hash of its content: the same finding, found twice, is a duplicate."""
    data: dict[str, Any] = {
        "rule": each.rule,
        "version": each.version,
        "key": each.key,
        "severity": each.severity,
        "score": each.score,
        "window": {"first_day": date_of(each.first_day).isoformat(), "last_day": date_of(each.day).isoformat()},
        "subject": list(each.subject),
        "figures": each.figures,
        "params": each.params,
        "evidence": list(each.evidence),
        "evidence_count": each.evidence_count,
        "reason": {"zh": each.zh, "en": each.en},
    }
    if each.platform is not None:
        data["platform"] = each.platform
    if each.shareable:
        data["shareable"] = True
    time = datetime.fromtimestamp(each.epoch, UTC).isoformat().replace("+00:00", "Z")
    digest = sha256(canonical([time, data])).hex()[:32]
    return {
        "specversion": "1.0", "id": f"{each.rule}.{digest}", "source": "system", "type": AlertFound.TYPE,
        "time": time, "data": data,
    }  # fmt: skip
