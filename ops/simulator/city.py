"""The invented city: its platforms, districts, industries, names. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Platform:
    """A platform under the city's supervision. `custody` is how many days lie between two custody reports.

    It is on the register since `known` days before the market's first, and lists loans up to day `listing` of ninety.
    """

    id: str
    name: str
    kinds: tuple[str, ...]
    district: str
    members: int  # investors at scale 1
    campaigns: int
    loans: int
    custody: int
    known: int = 0
    listing: int = 90

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"platform:{self.id}"


PLATFORMS = (
    Platform("huizhong", "汇众梦工场", ("reward",), "云湖区", 950, 48, 0, 1),
    Platform("zhumeng", "筑梦众创", ("reward", "donation"), "高新区", 700, 34, 0, 1),
    Platform("qihang", "启航股权众筹", ("equity",), "金融港", 380, 18, 0, 1),
    Platform("aixin", "爱心桥公益", ("donation",), "城东区", 750, 30, 0, 7),
    Platform("rongda", "融达网贷", ("lending",), "金融港", 520, 0, 190, 1),
    Platform("anjie", "安借宝", ("lending",), "滨江区", 420, 0, 140, 1),
    Platform("hengan", "恒安普惠", ("lending",), "古城区", 110, 0, 60, 1),
    Platform("dingli", "鼎利金服", ("lending",), "城东区", 80, 0, 45, 1),
    Platform("fuying", "富盈财富", ("lending",), "金融港", 0, 0, 0, 1),
    Platform("lutong", "路通投资", ("lending",), "南山岛", 70, 0, 40, 1),
    Platform("yinhu", "银湖信贷", ("lending",), "云湖区", 70, 0, 40, 1),
    Platform("minxin", "民信易贷", ("lending",), "高新区", 50, 0, 30, 1, listing=48),
    Platform("xinrui", "鑫瑞财富", ("lending",), "滨江区", 40, 0, 6, 1),
    Platform("jiuyuan", "久远众筹", ("reward", "donation"), "古城区", 120, 4, 0, 7, known=400),
)
# A payment institution: it runs no campaigns; it reports transfers between parties.
PAYMENTS = Platform("tongfu", "通付支付", ("lending",), "金融港", 0, 0, 0, 0)
SOURCES = (*PLATFORMS, PAYMENTS)

DISTRICTS = ("城东区", "云湖区", "高新区", "金融港", "滨江区", "南山岛", "古城区")
INDUSTRIES = ("软件", "生物医药", "餐饮", "新能源", "文化创意", "智能制造", "现代农业", "教育")
REWARDS = ("科技", "设计", "图书", "音乐", "影视", "游戏", "手工艺", "农产品")
CAUSES = ("医疗救助", "助学", "救灾", "环保", "养老")
PURPOSES = ("流动资金", "设备采购", "店铺装修", "消费", "教育培训", "应收账款周转")
COMPLAINTS = ("发货延迟", "退款未到账", "虚假宣传", "提现困难", "客服无回应")

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文斌"
FIRMS = ("星河", "云帆", "青禾", "远山", "合众", "新峰", "海川", "木棉", "启明", "天工", "北斗", "长风")
TRADES = ("科技", "文化", "食品", "生物", "智能", "贸易", "设计", "农业")
THINGS = (
    "智能水杯",
    "古城漫画集",
    "折叠电动车",
    "手冲咖啡壶",
    "独立唱片",
    "纪录片",
    "桌面游戏",
    "山茶蜂蜜",
    "竹编灯",
    "木作台",
)


def platform(name: str) -> Platform:
    """The platform of this id."""
    return next(each for each in SOURCES if each.id == name)
