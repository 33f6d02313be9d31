"""A suspicious-transaction report in the form of goAML 5, and its check against a schema that the user gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import xmlschema
from iso4217 import Currency
from lxml import etree

from api.case_export.material import Material, Somebody
from api.case_export.movements import Movement
from api.case_export.profile import Profile

# What XML 1.0 has no way to write.
_UNWRITABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REASON_MAX: Final = 4_000
VIOLATIONS_MAX: Final = 200


class Violation(NamedTuple):
    """Where a report breaks the schema, and how."""

    path: str
    reason: str


class Report(NamedTuple):
    """The report. `foreign`: movements that are in another currency than the report's, so without a rate not in it."""

    xml: bytes
    transactions: int
    foreign: int


def report(material: Material, profile: Profile) -> Report:
    """The XML: the same material and profile give the same bytes. Elements are in the order of goAML 5."""
    case = material.case.listed.case
    own = [each for each in material.moved if each.currency == profile.currency_code_local]
    foreign = len(material.moved) - len(own)
    root = etree.Element("report")
    _add(root, "rentity_id", str(profile.rentity_id))
    _add(root, "rentity_branch", profile.rentity_branch)
    _add(root, "submission_code", profile.submission_code)
    _add(root, "report_code", profile.report_code)
    _add(root, "entity_reference", case.id)
    # The moment of the case's last event, not of the export: who exports again gets the same.
    _add(root, "submission_date", case.updated_at.strftime("%Y-%m-%dT%H:%M:%S"))
    _add(root, "currency_code_local", profile.currency_code_local)
    _table(root, "reporting_person", profile.reporting_person)
    _table(root, "location", profile.location)
    _add(root, "reason", _reason(material, foreign))
    _add(root, "action", profile.action or None)
    for movement in own:
        _transaction(root, movement, material.people, profile)
    codes = _indicators(material, profile)
    if codes:
        indicators = etree.SubElement(root, "report_indicators")
        for code in codes:
            _add(indicators, "indicator", code)
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Report(xml, len(own), foreign)


def violations(xml: bytes, schema: Path) -> list[Violation]:
    """Where the report breaks the schema; empty where it is valid. Raises ValueError for a file that is no schema."""
    try:
        # Nothing is fetched: what the schema includes has to lie beside it.
        checker = xmlschema.XMLSchema(schema, allow="local", defuse="always")
    except (xmlschema.XMLSchemaException, etree.XMLSyntaxError, OSError) as error:
        raise ValueError(f"{schema.name} can't be used as a schema: {error}") from None
    found = []
    for each in checker.iter_errors(xml.decode()):
        found.append(Violation(each.path or "/", (each.reason or "it doesn't fit").strip()))
        if len(found) == VIOLATIONS_MAX:
            break
    return found


def amount(minor: int, currency: str) -> str:
    """Minor units as a decimal, exact: 50000 of CNY is 500.00."""
    exponent = Currency(currency).exponent or 0
    return str(Decimal(minor).scaleb(-exponent))


def _transaction(root: etree._Element, moved: Movement, people: Mapping[str, Somebody], profile: Profile) -> None:
    one = etree.SubElement(root, "transaction")
    _add(one, "transactionnumber", str(moved.position))
    _add(one, "internal_ref_number", moved.event[:255])
    _add(one, "transaction_description", moved.type)
    _add(one, "date_transaction", moved.at.strftime("%Y-%m-%dT%H:%M:%S"))
    _add(one, "transmode_code", profile.transmode_code)
    _add(one, "amount_local", amount(moved.amount, moved.currency))
    for side, key in (("from", moved.payer), ("to", moved.payee)):
        party = etree.SubElement(one, f"t_{side}")
        _add(party, f"{side}_funds_code", profile.funds_code)
        _somebody(party, side, people[key], profile)
        _add(party, f"{side}_country", profile.country)


def _somebody(party: etree._Element, side: str, who: Somebody, profile: Profile) -> None:
    if who.kind == "person":
        person = etree.SubElement(party, f"{side}_person")
        # Names come whole from platforms: which part is the family's nobody can say for sure.
        _add(person, "first_name", profile.unknown)
        _add(person, "last_name", who.name or who.person or who.key)
        _add(person, "comments", who.key)
        return
    entity = etree.SubElement(party, f"{side}_entity")
    _add(entity, "name", who.name or who.key)
    _add(entity, "comments", who.key)


def _reason(material: Material, foreign: int) -> str:
    case = material.case.listed.case
    lines = [f"{case.id}: {case.title}"]
    lines += [f"{each.rule} ({each.severity}): {each.reason_en}" for each in material.case.alerts]
    if case.conclusion:
        lines.append(case.conclusion)
    if foreign:
        lines.append(f"{foreign} movements in other currencies are not listed: no rate of exchange is recorded.")
    if material.left_out:
        lines.append(f"{material.left_out} further events are evidence and are not listed.")
    return "\n".join(lines)[:_REASON_MAX]


def _indicators(material: Material, profile: Profile) -> list[str]:
    found: dict[str, None] = {}
    for fired in material.case.rules:
        for code in profile.indicators.get(fired.rule, profile.indicators.get("*", [])):
            found[code] = None
    return [*found]


def _table(root: etree._Element, name: str, fields: Mapping[str, str]) -> None:
    if fields:
        element = etree.SubElement(root, name)
        for field, text in fields.items():
            _add(element, field, text)


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    if text is not None:
        etree.SubElement(parent, name).text = _UNWRITABLE.sub("\ufffd", text)
