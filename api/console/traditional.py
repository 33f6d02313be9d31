"""Chinese that was written once, in simplified characters, for readers of traditional ones.

Catalogues are translated by people. Rules and alerts are written in Chinese and English only; their Chinese is turned
into the other script word by word (Taiwan's characters and terms), so that nobody reads a page in two scripts.
"""

from __future__ import annotations

from functools import cache, lru_cache

from opencc import OpenCC


@lru_cache(maxsize=8192)
def traditional(text: str) -> str:
    """The text in traditional characters; what is not Chinese stays as it is."""
    return str(_converter().convert(text)).replace("賬", "帳")  # the converter leaves both spellings


@cache
def _converter() -> OpenCC:
    return OpenCC("s2twp")
