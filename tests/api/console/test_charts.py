"""Charts: the picture and the table say the same, in the reader's language; nothing in them can be markup."""

from __future__ import annotations

import html
import json
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.console.assets import FOLDER
from api.console.charts import ROLES, Chart, Series, Threshold
from api.console.shell import build
from api.console.speech import Speech
from tests.api.console.parts import City, services

EN, ZH = (Speech(tag, ZoneInfo("Asia/Shanghai")) for tag in ("en", "zh-Hans"))
HOSTILE = "\"><script>alert(1)</script>'&\u2028"


def chart(**more: Any) -> Chart:
    given = {"kind": "line", "title": "T", "along": "Day", "labels": ["a", "b"], "series": [Series("S", [1, None])]}
    return Chart(**{**given, **more})


def test_the_table_says_each_value_with_its_unit() -> None:
    money = chart(unit="money", currency="CNY", series=[Series("Held", [123_456_789, None])])
    assert [row.cells for row in money.rows(EN)] == [["CN¥1,234,567.89"], ["–"]]
    assert [row.cells for row in money.rows(ZH)] == [["¥1,234,567.89"], ["–"]]
    assert chart(unit="rate", series=[Series("S", [Decimal("0.154"), 0])]).rows(EN)[0].cells == ["15.4%"]
    assert [row.cells for row in chart(unit="days", series=[Series("S", [1, 2])]).rows(EN)] == [["1 day"], ["2 days"]]


def test_what_is_drawn_is_exact_and_has_its_gaps() -> None:
    large = 10**17 + 1
    drawn = json.loads(chart(unit="money", currency="JPY", series=[Series("S", [large, None])]).json(EN))
    assert drawn["series"][0]["values"] == [large, None]
    assert drawn["digits"] == 0
    assert drawn["series"][0]["said"] == ["JP¥100,000,000,000,000,001", "–"]
    exact = chart(unit="rate", series=[Series("S", [Decimal("0.1540"), None])]).json(ZH)
    assert '"values":[0.1540,null]' in exact


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"series": [Series("S", [1])]}, "not one per label"),
        ({"unit": "money"}, "currency"),
        ({"currency": "CNY"}, "currency"),
        ({"kind": "pie"}, "no kind"),
        ({"unit": "kilos"}, "no unit"),
        ({"series": [Series("S", [1, 2], "red")]}, "unknown roles"),
        ({"thresholds": [Threshold("L", 1, "red")]}, "unknown roles"),
    ],
)
def test_a_chart_that_does_not_fit_together_is_a_mistake(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        chart(**wrong)


def test_the_figure_has_the_same_figures_beneath_and_escapes_what_it_is_told(town: City) -> None:
    made = chart(
        title=HOSTILE, labels=[HOSTILE, "b"], series=[Series(HOSTILE, [7, None])], thresholds=[Threshold(HOSTILE, 9)]
    )
    page = _figure(town, made)
    assert "<script>" not in page
    found = re.search(r'data-chart="([^"]*)"', page)
    assert found
    drawn = json.loads(html.unescape(found[1]))
    assert drawn["title"] == drawn["series"][0]["name"] == HOSTILE
    assert re.findall(r'<td class="num">([^<]+)<', page) == ["7", "–"]
    assert page.count('scope="row"') == 3
    assert page.count('scope="col"') == 2
    assert "<caption" in page
    assert not re.search(r"\sstyle=|\son\w+=", page.replace(html.escape(HOSTILE), ""))


def test_no_figures_are_said_not_drawn(town: City) -> None:
    page = _figure(town, chart(labels=[], series=[Series("S", [])]))
    assert "There are no figures yet." in page
    assert "data-chart" not in page


@pytest.mark.parametrize(("sheet", "surface"), [("tokens.css", "#ffffff"), ("dark.css", "#151f29")])
def test_every_fill_is_seen_on_the_surface(sheet: str, surface: str) -> None:
    """WCAG 2.2, 1.4.11: graphics need a contrast of 3:1."""
    text = (FOLDER / sheet).read_text()
    fills = dict(re.findall(r"--chart-(\w+): (#[0-9a-f]{6});", text))
    assert fills.keys() == {*ROLES, *"123456"}
    assert f"--surface: {surface}" in text
    for name, colour in fills.items():
        assert _contrast(colour, surface) >= 3, name


def _figure(town: City, made: Chart) -> str:
    shell = build(services(town))
    source = "{% import 'console/_charts.html' as charts %}{{ charts.figure(chart, say, _) }}"
    return shell.templates.from_string(source).render(chart=made, say=EN, _=EN.text)


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
