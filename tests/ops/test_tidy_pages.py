"""The rules about pages find what nobody uses and who goes into another room, and let be what is used."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ops.tidy import pages
from ops.tidy.finding import Finding, Source
from ops.tidy.runner import _parse

ROOT = "api/templates/console"
PARTS = (
    '{% macro pager(first) %}{{ link(first) }}{% endmacro %}{% macro link(to) %}<a href="{{ to }}">x</a>{% endmacro %}'
)
PAGE = '{% extends "console/base.html" %}{% import "console/_parts.html" as parts %}{{ parts.pager("/") }}'


def templates(**texts: str) -> dict[str, pages.Template]:
    """`office__rule="..."` is console/office/rule.html; the frame and the parts are there unless they are given."""
    named = {"base": "{% block main %}{% endblock %}", "_parts": PARTS, **texts}
    return pages.parsed((f"{ROOT}/{name.replace('__', '/')}.html", text) for name, text in named.items())


def module(path: str, text: str) -> Source:
    return _parse(path, f'"""What the file is for."""\n{text}')


def found(findings: Iterable[Finding]) -> list[str]:
    return [f"{one.path.removeprefix(ROOT + '/')}: {one.message.split()[0]}" for one in findings]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("api/console/office/a.py", 'x = show("office/rule.html")'),
        ("api/console/office/a.py", 'x = ("rule.html", 1)'),
        ("api/console/shell.py", 'x = "console/office/rule.html"'),
    ],
)
def test_a_template_is_named_by_a_module_of_its_room(path: str, text: str) -> None:
    assert not list(pages.unused_template(templates(office__rule=PAGE), [module(path, text)]))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("api/console/office/a.py", 'x = "office/rules.html"'),
        ("api/console/public/a.py", 'x = "rule.html"'),
        ("api/reading/a.py", 'x = "office/rule.html"'),
    ],
)
def test_a_template_that_nobody_names_is_found(path: str, text: str) -> None:
    unused = pages.unused_template(templates(office__rule=PAGE), [module(path, text)])
    assert [(one.path, one.rule) for one in unused] == [(f"{ROOT}/office/rule.html", "unused-template")]


def test_a_room_has_its_own_templates_and_the_shared_ones() -> None:
    rooms = templates(
        office___platform="", office__a=PAGE, public__b='{% import "console/office/_platform.html" as x %}'
    )
    modules = [
        module("api/console/public/a.py", 'x = "public/b.html", "b.html", "console/_parts.html"'),
        module("api/console/public/c.py", 'x = "office/a.html"'),
        module("api/console/shell.py", 'x = "office/a.html"'),
    ]
    strange = sorted((one.path, one.rule) for one in pages.foreign_template(rooms, modules))
    assert strange == [
        ("api/console/public/c.py", "foreign-template"),
        (f"{ROOT}/public/b.html", "foreign-template"),
    ]


def test_a_macro_is_called_somewhere() -> None:
    assert not list(pages.unused_macro(templates(office__rule=PAGE)))
    assert found(pages.unused_macro(templates(office__rule="{{ pager() }}"))) == ["_parts.html: Nobody"]
    other = '{% import "console/_other.html" as parts %}{{ parts.pager("/") }}'
    assert found(pages.unused_macro(templates(office__rule=other))) == ["_parts.html: Nobody"]


def test_an_import_serves_who_includes_and_who_extends() -> None:
    head = '{% import "console/_parts.html" as parts %}'
    assert found(pages.unused_import(templates(base=head))) == ["base.html: Nothing"]
    assert not list(
        pages.unused_import(templates(base=head, page='{% extends "console/base.html" %}{{ parts.link() }}'))
    )
    including = templates(page=head + '{% include "console/_piece.html" %}', _piece="{{ parts.link() }}")
    assert not list(pages.unused_import(including))
    beside = templates(page=head, other="{{ parts.link() }}")
    assert found(pages.unused_import(beside)) == ["page.html: Nothing"]


SHEET = (
    "api/static/a.css",
    "/* .old */\n.used .made-bad:hover, a.gone {\n  margin: 0.5rem;\n}\n@media print { .late { } }",
)


def _unused(*users: tuple[str, str]) -> list[Finding]:
    return list(pages.unused_class([SHEET], users))


def test_a_class_is_on_some_page() -> None:
    page = (f"{ROOT}/a.html", '<p class="used made-{{ tone }}{% if x %} late{% endif %}">gone</p>')
    assert [(one.line, one.message.split()[5].rstrip(".")) for one in _unused(page)] == [(2, "gone")]
    script = ("api/static/a.js", 'box.className = `made-${tone}`; all("a.gone, .used"); add("late")')
    assert not _unused(script)
    told = (f"{ROOT}/b.html", "<p class=\"{{ 'used' if x else 'late' }} made-bad\"></p>{{ macro(\"gone\") }}")
    assert not _unused(told)


def test_what_a_page_puts_in_whole_is_no_leave_for_everything() -> None:
    assert len(_unused((f"{ROOT}/a.html", '<p class="{{ tone }}">'))) == 4


def test_leave_is_given_in_a_comment() -> None:
    sheet = ("api/static/a.css", "/* tidy: allow unused-class -- a library sets it */\n.theirs {\n}\n.ours {\n}\n")
    assert [one.line for one in pages.unused_class([sheet], [])] == [4]
