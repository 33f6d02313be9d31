"""Limits that rules take from the rulebooks, and breaches that rules find in what platforms reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest

from risk import document, limits
from risk.compile import compile_rule, days_since_epoch
from risk.document import RuleError
from risk.evaluator import evaluate
from tests.ledger.given import Event
from tests.ledger.stories import party
from tests.projections.book import Book
from tests.projections.test_breached import house, offering, put

RULES = document.load_all()


@pytest.fixture
def book(database_url: str) -> Book:
    return Book(database_url)


def test_only_what_is_in_force_becomes_a_row() -> None:
    """Malaysia's ten million of 2019 were not read in a source: the five million end, and nothing follows."""
    (row,) = limits.rows(["my.ecf.issuer.ever"], ["jurisdiction", "currency"], ["cap"])
    assert (row["cap"], row["from"], row["to"]) == (500_000_000, date(2015, 2, 28), date(2018, 12, 31))
    with pytest.raises(limits.NoSuchLimit, match=r"cn\.eq\.draft\.holders"):
        limits.rows(["cn.eq.draft.holders"], ["jurisdiction"], ["cap"])
    with pytest.raises(ValueError, match="weather"):
        limits.rows(["eu.ecspr.cap"], ["weather"], ["cap"])


def test_every_row_is_cited_and_dated() -> None:
    for name in ("P07-borrower-cap", "C08-raise-cap"):
        table = RULES[name].rule.table
        assert table is not None
        assert table.rulebook
        assert all(row["citation"] and row["from"] for row in table.rows)


def test_another_law_is_another_rule(tmp_path: Path) -> None:
    """The hash that freezes a version contains the figures of the rulebooks."""
    text = (document.FOLDER / "P07-borrower-cap.yaml").read_text(encoding="utf-8")
    path = tmp_path / "P07-borrower-cap.yaml"
    path.write_text(text.replace("cn.p2p.cap.legal.platform", "cn.p2p.cap.legal.all"), encoding="utf-8")
    assert document.load(path).hash != RULES["P07-borrower-cap"].hash
    rule = RULES["P07-borrower-cap"]
    assert document.restore(rule.plain, rule.sql).hash == rule.hash
    path.write_text(text.replace("cn.p2p.cap.legal.platform", "cn.p2p.cap.nobody"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"cn\.p2p\.cap\.nobody"):
        document.load(path)


def test_a_breach_is_a_finding_with_its_citation(book: Book) -> None:
    kept = {"identity": {"scheme": "us-ssn", "number": "078-05-1120"}}
    book.tell([*house("east"), party("I"), party("U", **kept), offering()], "east")
    declared = {"investor": "U", "jurisdiction": "US", "currency": "USD", "annual_income": 100, "net_worth": 100}
    book.tell([Event("investor.declared", declared, time="2026-01-01T00:00:00+08:00")], "east")
    book.tell([put("1", 250_000), put("2", 25_000)], "east")
    book.follow()
    loaded, day = RULES["L01-limit-breach"], days_since_epoch(date(2026, 3, 2))
    with psycopg.connect(book.dsn) as connection:
        (head,) = connection.execute("SELECT max(position) FROM events").fetchone() or (0,)
        (found,) = evaluate(connection, loaded.rule, compile_rule(loaded), [day], head, {"tolerance_bp": 0})
        assert evaluate(connection, loaded.rule, compile_rule(loaded), [day], head - 1, {"tolerance_bp": 0}) == []
    assert found.severity == "high"
    assert "227.100(a)(2)" in found.en
    assert "275,000" not in found.en  # minor units are shown as money
    assert "2,750.00 USD" in found.en
    assert {head, head - 1} <= set(found.evidence)
