"""The country profile of a goAML report: what the receiving unit wants to stand in it, as TOML."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=255)]


class ProfileError(ValueError):
    """The profile can't be used; the message names the field."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The report's head, and codes that differ by country. Tables become elements in the order they stand in."""

    rentity_id: Annotated[int, Meta(ge=1)]
    currency_code_local: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    reporting_person: Annotated[dict[str, Text], Meta(min_length=1)]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    rentity_branch: Text | None = None
    submission_code: Literal["E", "M"] = "E"  # electronic, manual
    report_code: Literal["STR", "SAR"] = "STR"
    location: dict[str, Text] = {}
    action: Annotated[str, Meta(max_length=4000)] = ""
    transmode_code: Text = "E"  # how money was moved
    funds_code: Text = "E"  # what kind of money it was
    unknown: Text = "-"  # where an element must be there and nobody knows what to write
    indicators: dict[str, list[Text]] = {}  # by rule, or `*` for any


def read(text: str) -> Profile:
    """A profile from its TOML. Raises ProfileError."""
    try:
        return msgspec.convert(tomllib.loads(text), Profile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ProfileError(str(error)) from None
