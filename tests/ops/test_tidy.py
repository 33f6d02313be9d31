"""Each rule of our own lint has an example that it finds and one that it lets be; and the repository is tidy."""

from __future__ import annotations

import textwrap

import pytest

from ops.tidy import check_repository, check_text
from ops.tidy.finding import Source
from ops.tidy.project import stray_path, undeclared_package, unused_sql
from ops.tidy.runner import _parse

HEAD = '"""What the file is for."""\n'
LONG = "def go():\n    '''Go.'''\n" + "    x = 1\n" * 69

BAD = [
    ("long-function", "ledger/a.py", LONG),
    ("long-file", "ledger/a.py", "x = 1\n" * 400),
    ("public-docstring", "api/a.py", "def shown():\n    return 1"),
    ("public-docstring", "api/a.py", "class Shown:\n    x = 1"),
    ("empty-function", "risk/a.py", "def _later():\n    '''Some day.'''"),
    ("empty-function", "risk/a.py", "def _later():\n    ..."),
    ("empty-function", "risk/a.py", "async def _later():\n    pass"),
    ("swallowed-exception", "ops/a.py", "try:\n    x = 1\nexcept ValueError:\n    pass"),
    ("swallowed-exception", "ops/a.py", "for x in y:\n    try:\n        z()\n    except ValueError:\n        continue"),
    ("clock-or-chance", "risk/a.py", "from datetime import datetime\nx = datetime.now()"),
    ("clock-or-chance", "ledger/a.py", "import datetime\nx = datetime.date.today()"),
    ("clock-or-chance", "projections/a.py", "from uuid import uuid4\nx = uuid4()"),
    ("clock-or-chance", "projections/a.py", "import time\nx = time.time()"),
    ("clock-or-chance", "risk/a.py", "import random"),
    ("clock-or-chance", "risk/a.py", "from secrets import token_hex"),
    ("no-float", "ledger/a.py", "x = 0.5"),
    ("no-float", "ledger/decisions/a.py", "x = float('1')"),
    ("no-float", "ledger/a.py", "def _f(x: float) -> int:\n    return 1"),
    ("sql-in-python", "api/a.py", "x = 'SELECT 1'"),
    ("sql-in-python", "api/a.py", "x = '\\n  select a\\n from b'"),
    ("sql-in-python", "ops/a.py", "x = f'DELETE FROM {y}'"),
    ("sql-in-python", "ops/a.py", "x = 'WITH a AS (SELECT 1) SELECT * FROM a'"),
]

GOOD = [
    ("api/a.py", "def shown():\n    '''What it gives.'''\n    return 1"),
    ("tests/a.py", "def shown():\n    return 1"),
    ("ledger/a.py", LONG.replace("    x = 1\n", "", 1)),
    ("risk/a.py", "from typing import Protocol\nclass A(Protocol):\n    '''A.'''\n    def go(self): ..."),
    ("risk/a.py", "class A:\n    '''A.'''\n    @abstractmethod\n    def go(self): ..."),
    ("ops/a.py", "try:\n    x = 1\nexcept ValueError:\n    x = 2"),
    ("ledger/kernel/clock.py", "from datetime import datetime\nx = datetime.now()"),
    ("ops/a.py", "import random"),
    ("risk/a.py", "import time\nx = time.monotonic()"),
    ("ledger/store/a.py", "wait_seconds = 0.5"),
    ("risk/a.py", "x = 0.5"),
    ("ledger/a.py", "x = Decimal('0.5')"),
    ("api/a.py", "def f():\n    '''SELECT is a word here.'''\n    return 'Select a platform'"),
    ("api/a.py", "x = 'Update the page, or create one with care'"),
    ("tests/a.py", "x = 'SELECT 1'"),
    ("ledger/a.py", "x = 0.5  # tidy: allow no-float -- a test of the pragma"),
    ("ledger/a.py", "# tidy: allow no-float -- a test of the pragma\nx = 0.5"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_finds(rule: str, path: str, text: str) -> None:
    assert [finding.rule for finding in check_text(path, HEAD + text)][:1] == [rule]


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_lets_be(path: str, text: str) -> None:
    assert check_text(path, HEAD + text) == []


def test_a_file_without_a_docstring_is_found_and_an_empty_one_is_not() -> None:
    assert [finding.rule for finding in check_text("ledger/a.py", "x = 1")] == ["module-docstring"]
    assert check_text("ledger/__init__.py", "") == []


def test_leave_needs_the_rule_and_a_reason() -> None:
    for pragma in ("# tidy: allow no-float", "# tidy: allow no-float --", "# tidy: allow long-file -- other rule"):
        assert [finding.rule for finding in check_text("ledger/a.py", f"{HEAD}x = 0.5  {pragma}")] == ["no-float"]


def source(path: str, text: str) -> Source:
    return _parse(path, HEAD + textwrap.dedent(text))


def test_named_sql_has_to_be_asked_for_in_its_own_folder() -> None:
    sql = [("risk/sql/a.sql", "-- name: used\nSELECT 1\n-- name: unused\nSELECT 2\n-- name: copy_rows\nSELECT 3")]
    asking = source("risk/a.py", "x = QUERIES['used'], QUERIES[f'copy_{table}']")
    assert [(one.line, one.rule) for one in unused_sql([asking], sql)] == [(3, "unused-sql")]
    including = [("risk/sql/a.sql", "-- name: part\nSELECT 1\n-- name: used\n-- include: part")]
    assert not list(unused_sql([asking], including))
    elsewhere = source("api/a.py", "x = QUERIES['used']")
    assert len(list(unused_sql([elsewhere], sql))) == 3


def test_an_imported_package_has_to_be_declared() -> None:
    pyproject = '[project]\ndependencies = ["psycopg[binary]>=3"]\n[dependency-groups]\ndev = ["pytest"]\n'
    ours = source("ledger/a.py", "import os, psycopg, ledger.kernel\nimport pytest\nfrom . import sibling")
    assert [one.message.split()[0] for one in undeclared_package([ours], pyproject)] == ["pytest"]
    assert not list(undeclared_package([source("tests/a.py", "import pytest")], pyproject))


def test_a_path_of_one_machine_is_found() -> None:
    somewhere = "/ho" + "me/someone/data"
    assert [one.line for one in stray_path([("docs/a.md", f"first\nsee {somewhere}")])] == [2]
    assert not list(stray_path([("docs/a.md", "see ./data and /var/lib/postgresql")]))


def test_the_repository_is_tidy() -> None:
    assert [str(finding) for finding in check_repository()] == []
