"""The pages about the vocabulary say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.events import reference
from ledger.events.catalogue import TYPES
from ledger.events.schemas import DIALECT, json_schema, schemas
from ledger.kernel.refusals import Code

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_events_is_current() -> None:
    written = (DOCS / "events.md").read_text(encoding="utf-8")
    assert written == reference.page(), "run: python -m ledger.events.reference > docs/events.md"


def test_every_refusal_has_its_section_in_order() -> None:
    sections = re.findall(r"^## (\w+)$", (DOCS / "refusals.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == [*Code]


def test_every_type_has_a_schema() -> None:
    assert schemas().keys() == TYPES.keys()
    with pytest.raises(KeyError):
        json_schema("pledge.dreamt")


@pytest.mark.parametrize("type", TYPES)
def test_a_schema_is_of_a_whole_event_and_stands_alone(type: str) -> None:
    schema = json_schema(type)
    assert schema["$schema"] == DIALECT
    assert schema["title"] == type == schema["properties"]["type"]["const"]
    assert schema["description"]
    text = str(schema)
    assert r"\Z" not in text
    named = set(re.findall(r"#/\$defs/(\w+)", text))
    assert named == schema["$defs"].keys()
