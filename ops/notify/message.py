"""A message in words: the webhook's JSON, and the mail. Pure; the same findings give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import msgspec

from ledger.kernel.canonical import canonical
from ledger.states.alerts import SEVERITIES, rank
from ops.notify.form import LISTED_MAX, Subscription, Told

_SUBJECT = {
    "zh": "监测预警：{count} 项发现，最高级别：{worst}",
    "en": "Monitor: {count} findings, the worst is {worst}",
}
_SEVERITY = {"info": "提示", "low": "低", "medium": "中", "high": "高", "critical": "紧急"}
_MORE = {"zh": "另有 {count} 项未列出。", "en": "{count} more are not listed."}


def payload(id: UUID, subscription: Subscription, findings: Sequence[Told], base_url: str | None) -> str:
    """The JSON of a message, canonical: counts by severity and rule, then the worst findings in words."""
    ordered = sorted(findings, key=lambda each: (-rank(each.severity), -each.score, each.position))
    listed = [_item(each, subscription.language, base_url) for each in ordered[:LISTED_MAX]]
    return canonical(
        {
            "type": "findings",
            "id": str(id),
            "subscription": subscription.name,
            "count": len(findings),
            "by_severity": _counts(each.severity for each in findings),
            "by_rule": _counts(each.rule for each in findings),
            "positions": {
                "first": min(each.position for each in findings),
                "last": max(each.position for each in findings),
            },
            "findings": listed,
            "not_listed": len(findings) - len(listed),
        }
    ).decode()


def mail(id: UUID, subscription: Subscription, body: str, sender: str) -> EmailMessage:
    """The same as a mail in the subscriber's language. Its Message-ID is that of the delivery."""
    told: Mapping[str, Any] = msgspec.json.decode(body)
    zh = subscription.language == "zh"
    worst = max(told["by_severity"], key=rank)
    message = EmailMessage()
    message["Subject"] = _SUBJECT[subscription.language].format(
        count=told["count"], worst=_SEVERITY[worst] if zh else worst
    )
    message["From"], message["To"] = sender, subscription.target
    message["Message-ID"] = f"<{id}@crowdledger>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [
        "  ".join(f"{_SEVERITY[each] if zh else each}: {told['by_severity'][each]}"
                  for each in reversed(SEVERITIES) if each in told["by_severity"]),
        "",
    ]  # fmt: skip
    for each in told["findings"]:
        severity = _SEVERITY[each["severity"]] if zh else each["severity"]
        lines += [f"[{severity}] {each['rule']}  {each['platform'] or ''}".rstrip(), f"  {each['reason']}"]
        lines += [f"  {each['url'] if 'url' in each else each['alert']}", ""]
    if told["not_listed"]:
        lines += [_MORE[subscription.language].format(count=told["not_listed"]), ""]
    message.set_content("\n".join(lines))
    return message


def _item(each: Told, language: str, base_url: str | None) -> dict[str, Any]:
    link = {} if base_url is None else {"url": f"{base_url.rstrip('/')}/console/alerts/{each.alert}"}
    return {
        "alert": each.alert,
        "rule": each.rule,
        "severity": each.severity,
        "score": each.score,
        "platform": each.platform,
        "new": each.step == "opened",
        "position": each.position,
        "found_at": each.at.isoformat(),
        "reason": each.reason_zh if language == "zh" else each.reason_en,
        **link,
    }


def _counts(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
