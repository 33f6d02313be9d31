"""What figures and parameters of rules are called, in Chinese and in English (figures.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import yaml
from msgspec import Struct

from risk.document import Rule, referenced


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """A few words in both languages."""

    zh: str
    en: str


FILE: Final = Path(__file__).with_name("figures.yaml")
FIGURES: Final[Mapping[str, Label]] = msgspec.convert(
    yaml.safe_load(FILE.read_text(encoding="utf-8")), dict[str, Label]
)


def unnamed(rule: Rule) -> list[str]:
    """Figures and parameters of a rule, and what its sentences name, that have no words yet."""
    return sorted({*rule.evidence.columns, *rule.params, *referenced(rule.reason.en)} - FIGURES.keys())
