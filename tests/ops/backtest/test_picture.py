"""The picture of a backtest: SVG that any reader takes, the same bytes each time."""

from __future__ import annotations

from lxml import etree
from msgspec.structs import replace

from ops.backtest.picture import picture
from risk.findings import Finding

BASE = Finding(
    "I03-structuring", 1, 20_000, 19_990, 0, {}, None, (), "low", 0, {}, {}, (), 0, "", "", shareable=False,
)  # fmt: skip
NS = "{http://www.w3.org/2000/svg}"


def test_bars_tell_every_day_and_severity() -> None:
    found = [BASE, BASE, replace(BASE, severity="high"), replace(BASE, day=20_004)]
    drawn = picture("I03 <&>", range(20_000, 20_005), found, own=[BASE])
    root = etree.fromstring(drawn.encode())
    titles = [each.text for each in root.iter(f"{NS}title")]
    assert titles == ["I03 <&>", "2024-10-04: 2 low", "2024-10-04: 1 high", "2024-10-08: 1 low"]
    assert len(root.findall(f"{NS}polyline")) == 1
    assert drawn == picture("I03 <&>", range(20_000, 20_005), found, own=[BASE])


def test_nothing_found_is_a_picture_too() -> None:
    for days in ([20_000], list(range(20_000, 22_000))):
        root = etree.fromstring(picture("none", days, []).encode())
        assert len(root.findall(f"{NS}polyline")) == 0
