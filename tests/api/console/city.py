"""A small city in memory: five platforms, their events, alerts of every severity and status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from api.scorecards import Held
from tests.api.console.parts import City
from tests.api.console.rulebook import RULES
from tests.ledger import stories
from tests.ledger.given import Event, World

PLATFORMS = {
    "huizhong": ("汇众梦工场", ["reward"]),
    "zhumeng": ("筑梦众创", ["reward", "donation"]),
    "qihang": ("启航股权众筹", ["equity"]),
    "aixin": ("爱心桥公益", ["donation"]),
    "rongda": ("融达网贷", ["lending"]),
}
START = datetime(2026, 9, 1, 1, tzinfo=UTC)


def built(title: str = "星河智能水杯", comment: str = "已联系平台，等待其提供设备登记资料。") -> City:
    """The city; `title` is that of a campaign, `comment` one under an alert."""
    world = World()
    for name, (said, kinds) in PLATFORMS.items():
        world.send(stories.platform(name).but(name=said, kinds=kinds))
        world.send(stories.licensed(name))
    _pledges(world, title)
    made = City(world, {})
    for number, found in enumerate(_findings()):
        find(made, found, START + timedelta(days=8, hours=3 * number))
    alerts = made.alerts_in_turn()
    _act(made, alerts[0].id, "assigned", to="zhang.min")
    _act(made, alerts[0].id, "commented", text=comment)
    _act(made, alerts[1].id, "acknowledged")
    _act(made, alerts[2].id, "escalated", to="li.wei", text="金额较大，请处长审阅。")
    _act(made, alerts[3].id, "closed", outcome="false_positive", reason="lawful_pattern")
    _act(made, alerts[4].id, "close_requested", outcome="confirmed", text="平台已承认挪用，移送公安。")
    made.custody = {
        "huizhong": [Held("CNY", 128_450_000, START + timedelta(days=8), 131_900_000)],
        "qihang": [Held("CNY", 902_311_000, START + timedelta(days=8), 902_311_000)],
        "rongda": [
            Held("CNY", 7_812_345_600, START + timedelta(days=8), 7_812_300_000),
            Held("USD", None, None, 5_000_000),
        ],
    }
    return made


class Found(NamedTuple):
    """What a rule has found. `about`: id of what it is about, with its kind."""

    rule: str
    severity: str
    platform: str
    about: str
    zh: str
    en: str
    figures: dict[str, int]


def find(made: City, found: Found, at: datetime) -> None:
    """Have the monitor say it."""
    positions = [each.position for each in made.world.events.values() if each.type.startswith("pledge.")]
    evidence = sorted(Random(found.zh).sample(positions, min(len(positions), 9)))
    data = {
        "rule": found.rule,
        "version": 1,
        "key": {"platform": found.platform, "about": found.about, "currency": "CNY"},
        "severity": found.severity,
        "score": {"critical": 930, "high": 720, "medium": 480, "low": 300, "info": 120}[found.severity],
        "window": {"first_day": (at - timedelta(days=30)).date().isoformat(), "last_day": at.date().isoformat()},
        "subject": [found.about],
        "platform": found.platform,
        "figures": found.figures,
        "params": RULES[found.rule].rule.params,
        "evidence": evidence,
        "evidence_count": len(evidence),
        "reason": {"zh": found.zh, "en": found.en},
    }
    made.world.send(Event("alert.found", data, "system", at.isoformat()))


def shared(device: str, investors: int = 4, severity: str = "high", platform: str = "huizhong") -> Found:
    """Several investors behind one device."""
    return Found(
        "I01-shared-channel", severity, platform, f"platform:{platform}",
        f"{investors} 名投资人在 90 天内使用同一设备（{device}），共 31 次付款，涉及 3 个项目",
        f"{investors} investors paid 31 times through the same device ({device}) within 90 days, into 3 campaigns",
        {"investors": investors, "uses": 31, "campaigns": 3},
    )  # fmt: skip


def _gap(platform: str, name: str) -> Found:
    return Found(
        "P02-custody-gap", "critical", platform, f"platform:{platform}",
        f"{name}的存管余额为 7,730,000.00 CNY，账面应有 8,120,000.00 CNY，短缺 390,000.00 CNY（4.8%）",
        f"The custodian of {name} reports 7,730,000.00 CNY where the books say 8,120,000.00 CNY: 390,000.00 CNY short",
        {"reported_minor": 773_000_000, "derived_minor": 812_000_000, "gap_minor": 39_000_000, "gap_bp": 480},
    )  # fmt: skip


def _findings() -> list[Found]:
    found = [
        shared("d-7f31c0", 14),
        Found(
            "C01-self-pledge", "medium", "huizhong", "campaign:huizhong/C-9",
            "项目 C-9 有 6 笔认购来自发起人 I-4 或其关联方（2 人），共 42,000.00 CNY，目标 100,000.00 CNY",
            "6 pledges to C-9 came from its issuer I-4 or 2 close to it: 42,000.00 CNY, goal 100,000.00 CNY",
            {"pledges": 6, "insiders": 2, "own_minor": 4_200_000, "raised_minor": 10_100_000, "goal_minor": 10_000_000},
        ),
        Found(
            "C08-raise-cap", "high", "qihang", "party:qihang/O-2",
            "O-2 十二个月内开了 4 个股权项目，已认购 5,400,000.00 CNY；上限 5,000,000.00 CNY",
            "O-2 opened 4 equity campaigns in twelve months, pledged 5,400,000.00 CNY; the cap is 5,000,000.00 CNY",
            {"campaigns": 4, "offered_minor": 620_000_000, "pledged_minor": 540_000_000, "cap_minor": 500_000_000},
        ),
        _velocity("zhumeng", "U-77", "low", 23),
        _gap("rongda", "融达网贷"),
        _gap("huizhong", "汇众梦工场"),
        Found(
            "P11-silent-platform", "medium", "aixin", "platform:aixin",
            "平台自 2026-08-31 起没有任何报送，此前有 40 天报送",
            "The platform has reported nothing since 2026-08-31, after 40 days with reports",
            {"active_days": 40},
        ),
        Found(
            "D01-parked-too-long", "info", "zhumeng", "campaign:zhumeng/C-404",
            "12 个事件自 2026-09-03 起等待 C-404，后者一直没有报送",
            "12 events have waited since 2026-09-03 for C-404, which was never reported",
            {"waiting": 12, "since": 20_699},
        ),
    ]  # fmt: skip
    return found + [_velocity("huizhong", f"U-{n}", ("low", "medium")[n % 2], 20 + n) for n in range(30)]


def _velocity(platform: str, investor: str, severity: str, pledges: int) -> Found:
    return Found(
        "I17-pledge-velocity", severity, platform, f"party:{platform}/{investor}",
        f"{investor} 在 2026-09-04 当日认购 {pledges} 笔，涉及 {pledges - 3} 个项目，历时 14 分钟",
        f"{investor} made {pledges} pledges to {pledges - 3} campaigns on 2026-09-04 within 14 minutes",
        {"pledges": pledges, "campaigns": pledges - 3, "span_seconds": 840},
    )  # fmt: skip


def _pledges(world: World, title: str) -> None:
    random = Random(7)
    day = START
    people = ["I-4", *(f"U-{n}" for n in range(12))]
    for name in people:
        world.send(Event("party.registered", {"party": name, "kind": "person"}, time=day.isoformat()))
    world.send(
        stories.campaign(
            "C-9", issuer="I-4", title=title, goal=10_000_000, cap=20_000_000, deadline="2026-10-01"
        ).at(day.isoformat())
    )  # fmt: skip
    for number in range(24):
        day += timedelta(hours=random.randint(1, 9), minutes=random.randint(0, 59))
        channel = {"device": "d-7f31c0", "ip": f"ip-{random.randint(1, 4)}"}
        name, amount = f"P-{number}", random.randint(10, 900) * 1_000
        world.send(
            stories.pledge(name, amount, campaign="C-9", investor=f"U-{number % 12}", channel=channel).at(
                day.isoformat()
            )
        )
        if number % 3:
            world.send(stories.on_pledge("collected", name).at((day + timedelta(hours=2)).isoformat()))


def _act(made: City, alert: str, what: str, **data: str) -> None:
    at = (START + timedelta(days=9, hours=2)).isoformat()
    made.world.send(Event(f"alert.{what}", {"alert": alert, "by": "li.wei", **data}, "registry", at))
