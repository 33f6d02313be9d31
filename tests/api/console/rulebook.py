"""Rules whose words the tests know: the real documents, said in other words, so that no rewording fails a test here."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from risk import document
from risk.document import Guide, Legal, Loaded, Words

_REAL = document.load_all()
_GUIDE = Guide(
    zh=["向存管银行直接索取对账单", "排除在途资金", "持续扩大的立案"],
    en=["Get statements from the custodian", "Rule out money on its way", "Open a case where it grows"],
)
_LEGAL = [
    Legal(
        "Client money must be kept apart with a custodian bank",
        "网络借贷信息中介机构业务活动管理暂行办法 art. 28",
        read=False,
    ),
    Legal("Nobody lends unseen", "Rules of the city, 3"),
]


def _said(name: str, zh: str, en: str, having: str, params: dict[str, int], reason: str) -> Loaded:
    changes: dict[str, Any] = {
        "title": Words(zh, en),
        "having": having,
        "params": params,
        "reason": Words(reason, reason),
        "guide": _GUIDE,
        "legal": _LEGAL,
    }
    return replace(_REAL[name], rule=replace(_REAL[name].rule, **changes))


_MONEY = "{reported_minor|money} {pledged_minor|money} {own_minor|money}"
RULES: dict[str, Loaded] = {
    each.rule.id: each
    for each in (
        _said(
            "I01-shared-channel", "多人共用同一设备", "Several investors behind one device", "investors >= k",
            {"k": 2}, _MONEY,
        ),
        _said("C01-self-pledge", "发起人认购自己的项目", "Self-pledge", "pledges >= k", {"k": 1}, _MONEY),
        _said(
            "C08-raise-cap", "股权众筹超过上限", "Raising above the cap",
            "pledged_minor > cap_minor + tolerance_minor or offered_minor > cap_minor + tolerance_minor",
            {"tolerance_minor": 0}, _MONEY,
        ),
        _said(
            "I17-pledge-velocity", "同一投资人认购过密", "Pledges in a hurry",
            "pledges >= k_day or pledges >= k_burst and span_seconds <= burst_seconds",
            {"k_day": 20, "k_burst": 10, "burst_seconds": 900}, "{span_seconds|minutes}",
        ),
        _said(
            "P02-custody-gap", "存管账户余额少于账面应有", "The custodian holds less than the books say",
            "gap_minor >= least_minor and gap_minor * 10000 > tolerance_bp * derived_minor",
            {"tolerance_bp": 50, "least_minor": 100_000}, _MONEY,
        ),
        _said(
            "P11-silent-platform", "平台停止报送", "A platform has gone silent", "active_days >= history",
            {"history": 5}, _MONEY,
        ),
        _said("D01-parked-too-long", "事件长期等待", "Events wait too long", "waiting >= k", {"k": 1}, "{since|date}"),
    )
}  # fmt: skip
