"""Chinese that was written once, in simplified characters, for readers of traditional ones.

Catalogues are translated by people. Rules and alerts are written in Chinese and English only; their Chinese is turned
into the other script word by word (Taiwan's characters and terms), so that nobody reads a page in two scripts.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from opencc import OpenCC

# What the converter makes of words that it takes for software's: objects become things, keeping becomes storing.
_MENDED: Final = (
    ("賬", "帳"),  # the converter leaves both spellings
    ("募整合", "募集成"),  # 募集 and 成功, read as 集成
    ("物件", "對象"),
    ("儲存", "保存"),
    ("釋出", "發布"),
    ("許可權", "權限"),
    ("迴流", "回流"),
    ("迴圈", "循環"),
    ("面籤", "面簽"),
    ("高階", "高級"),
    ("低階", "低級"),
    ("質量", "品質"),
    ("摺合", "折合"),
    ("幣種", "幣別"),
    ("身份", "身分"),
    ("投資者", "投資人"),
    ("充值", "儲值"),
    ("提現", "提領"),
    ("會話", "工作階段"),
    ("型別", "類型"),
    ("“", "「"),
    ("”", "」"),
)


@lru_cache(maxsize=8192)
def traditional(text: str) -> str:
    """The text in traditional characters; what is not Chinese stays as it is."""
    converted = str(_converter().convert(text))
    for wrong, right in _MENDED:
        converted = converted.replace(wrong, right)
    return converted


@cache
def _converter() -> OpenCC:
    return OpenCC("s2twp")
