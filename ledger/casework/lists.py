"""The closed lists, read once from lists.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Words(NamedTuple):
    """A code in Chinese and in English."""

    zh: str
    en: str


class Lists(NamedTuple):
    """Each list by its codes, in the order in which people are offered them. `service_levels`: working days."""

    false_positives: Mapping[str, Words]
    agencies: Mapping[str, Words]
    sanctions: Mapping[str, Words]
    service_levels: Mapping[str, int]


@cache
def lists() -> Lists:
    """All of them."""
    plain = tomllib.loads(Path(__file__).with_name("lists.toml").read_text(encoding="utf-8"))
    return Lists(
        _words(plain["false_positive"]), _words(plain["agency"]), _words(plain["sanction"]), plain["service_levels"]
    )


def _words(rows: list[dict[str, str]]) -> dict[str, Words]:
    return {row["code"]: Words(row["zh"], row["en"]) for row in rows}
