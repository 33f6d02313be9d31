"""Every rule, played over its fixtures in PostgreSQL."""

from __future__ import annotations

import psycopg
import pytest

from risk import document, fixtures

RULES = document.load_all()


@pytest.mark.parametrize("rule_id", RULES)
def test_rule_finds_what_its_fixtures_say(rule_id: str, database_url: str) -> None:
    played = fixtures.load(fixtures.path_of(rule_id))
    with psycopg.connect(database_url) as connection:
        results = list(fixtures.play(connection, RULES[rule_id], played))
    assert {result.case for result in results} == set(fixtures.CASES)
    assert [f"{result.case}: {result.problem}" for result in results if result.problem] == []
