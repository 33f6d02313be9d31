"""Names as hledger takes them, and back. Pure.

An account `escrow/huizhong/C-9` becomes `escrow:huizhong:C-9`: hledger parts levels by a colon. What a part of the path
has beyond letters, digits and `_.-~` is percent-encoded (RFC 3986), so `C:9` becomes `C%3A9`. No two accounts become
one, and `ledger_account` gives back the account to the letter.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

_LEVEL = "/"
_LEVEL_OF_HLEDGER = ":"
_KNOWN_NAMES = 50_000
_PLAIN = re.compile(r"[A-Za-z0-9_.~:/@+=-]*")  # most texts: nothing in them has to be encoded


@lru_cache(maxsize=_KNOWN_NAMES)
def hledger_account(account: str) -> str:
    """The account's name in the journal."""
    return _LEVEL_OF_HLEDGER.join(quote(part, safe="") for part in account.split(_LEVEL))


def ledger_account(name: str) -> str:
    """The ledger's own name of an account that stands in the journal."""
    return _LEVEL.join(unquote(part, errors="strict") for part in name.split(_LEVEL_OF_HLEDGER))


def tag_value(text: str) -> str:
    """A text as the value of a tag: a comma would end it, brackets would be read as a date."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=":/@+=~")
