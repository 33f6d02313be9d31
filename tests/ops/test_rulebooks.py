"""`crowdledger rulebooks`: what it shows, what it says to what can't be meant; the worked examples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ops.cli import program
from ops.rulebooks.examples import check

EXAMPLES = "rulebook_examples.json"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program(["rulebooks"]), ["rulebooks", *arguments])


@pytest.mark.data
def test_the_worked_examples_come_out(shared_data: Callable[[str], Path]) -> None:
    done = run("check", str(shared_data(EXAMPLES)))
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].endswith(" passed, 0 failed")


@pytest.mark.data
def test_a_wrong_expectation_is_found_in_every_example(shared_data: Callable[[str], Path]) -> None:
    """An example that passes whatever it expects would prove nothing."""
    for example in json.loads(shared_data(EXAMPLES).read_text(encoding="utf-8")):
        for name, wanted in example["expected"].items():
            if name in {"note", "why", "meaning"}:
                continue
            other = {**example, "expected": {name: _other(wanted)}}
            assert check([other])[0].differences, (example["id"], name)


def _other(wanted: object) -> object:
    if isinstance(wanted, list):
        return [_other(wanted[0]), *wanted[1:]]
    if isinstance(wanted, bool):
        return not wanted
    return f"not {wanted}" if isinstance(wanted, str) else 12345.67


def test_check_prints_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    one = {"id": "A", "rule": "in.p2p.tenor", "inputs": {"months": [36, 37]}, "expected": {"breach": [False, False]}}
    file.write_text(json.dumps([one, {**one, "id": "B", "expected": {"breach": [False, True]}}]))
    done = run("check", str(file))
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "A in.p2p.tenor: breach: expected [False, False], found [False, True]",
        "1 passed, 1 failed",
    ]


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ({"rule": "in.p2p.colour", "inputs": {}, "expected": {}}, "no check is called 'in.p2p.colour'"),
        ({"rule": "in.p2p.tenor", "inputs": {}, "expected": {"breach": True}}, "no 'months'"),
        ({"rule": "in.p2p.tenor", "inputs": {"months": "many"}, "expected": {"breach": True}}, "can't be read"),
        ({"rule": "in.p2p.tenor", "inputs": {"months": 3}, "expected": {"width": 3}}, "no answer"),
        (
            {"rule": "us.regcf.investor_limit", "inputs": {"date": "2016-05-15", "annual_income": 1, "net_worth": 1},
             "expected": {"limit": 2000}},
            "was not law on 2016-05-15",
        ),
    ],
)  # fmt: skip
def test_an_example_that_can_not_be_answered_fails_and_says_why(
    example: dict[str, object], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([example]))
    done = run("check", str(file))
    assert done.exit_code == 1
    assert says in done.stdout


def test_list_and_show() -> None:
    packs = json.loads(run("list", "--json").stdout)["packs"]
    assert {"cn-p2p", "cn-equity", "us-regcf", "eu-ecspr", "uk-fca", "in-p2p", "my-ecf", "id-p2p"} <= {
        each["pack"] for each in packs
    }
    assert "us-regcf" in run("list").stdout
    (rule,) = json.loads(run("show", "us.regcf.issuer_cap", "--on", "2021-03-14", "--json").stdout)["rules"]
    assert (rule["tiers"], rule["effective_from"]) == ([{"amount": 107_000_000}], "2017-04-12")
    shown = run("show", "cn.p2p.cap").stdout
    assert shown.count("art. 17") == 4
    assert "20万元" in shown


def test_diff_says_what_changed() -> None:
    found = json.loads(run("diff", "us-regcf@2021-03-14", "us-regcf@2021-03-15", "--json").stdout)
    assert [each["rule"] for each in found["changes"]] == ["us.regcf.investor_limit", "us.regcf.issuer_cap"]
    assert found["changes"][1]["fields"]["tiers"] == {
        "old": [{"amount": 107_000_000}],
        "new": [{"amount": 500_000_000}],
    }
    assert "2 rules differ" in run("diff", "us-regcf@2021-03-14", "2021-03-15").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "fr.nothing"), "There are the packs cn-equity"),
        (("show", "us-regcf", "--on", "2001-01-01"), "Nothing of us-regcf was stated"),
        (("diff", "us-regcf", "us-regcf@2021-03-15"), "changed on 2016-05-16"),
        (("diff", "fr@2020-01-01", "2021-01-01"), "There is no pack 'fr'"),
        (("diff", "us-regcf@2020-01-01", "eu-ecspr@2022-01-01"), "different packs"),
    ],
)
def test_what_can_not_be_meant(arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert says in done.output
