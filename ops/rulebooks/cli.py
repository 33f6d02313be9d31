"""`crowdledger rulebooks`: list, show, diff, check."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.rulebook.changes import Change, changes
from ledger.rulebook.loading import Book, RulebookError, Stated, at_once, books, citation, stated_on
from ledger.rulebook.words import figure
from ops.bars import screen
from ops.explained import explained
from ops.rulebooks.examples import check as check_examples
from ops.rulebooks.on_book import show_turned

_group = typer.Typer(no_args_is_help=True, help="Limits and duties as dated, cited data.")
_out = screen()
_err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The law of this day; else the last.")]


class _Unclear(Exception):
    """The question can't be answered; the message says why, and what to ask."""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(_group, name="rulebooks")


@_group.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show every pack: where it applies, since when, how many rules it has by status."""
    with explained(_Unclear, RulebookError):
        found = books()
        if as_json:
            _print_json({"packs": [_about(book) for book in found.values()]})
            return
        table = Table("pack", "jurisdictions", "kinds", "changes", "rules", "applied", "title")
        for book in found.values():
            about = _about(book)
            where = ", ".join(about["jurisdictions"][:4]) + (" ..." if len(about["jurisdictions"]) > 4 else "")
            table.add_row(
                book.name, where or "terms", ", ".join(about["kinds"]), "\n".join(about["changes"]),
                str(about["rules"]), str(about["applied"]), about["title"],
            )  # fmt: skip
        _out.print(table)


@_group.command()
def show(
    name: Annotated[str, typer.Argument(metavar="PACK|RULE", help="A pack, or a rule's id or its beginning.")],
    on: On = None,
    *,
    as_json: Json = False,
) -> None:
    """Show the rules of a pack, or one rule, as the law stood on a day."""
    with explained(_Unclear, RulebookError):
        day = on.date() if on else date.max
        holding = [stated for each in _named(name) if (stated := stated_on(each, at_once(day)))]
        if not holding:
            raise _Unclear(f"Nothing of {name} was stated on {day}. `rulebooks list` shows since when each pack is.")
        if as_json:
            _print_json({"rules": [_plain(stated) for stated in holding]})
            return
        for stated in holding:
            _print_rule(stated)


@_group.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="pack@day, such as us-regcf@2021-03-14.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="pack@day, or a day of the same pack.")],
    *,
    book: Annotated[bool, typer.Option("--book", help="Who of the present book would break NEW, or no more.")] = False,
    as_json: Json = False,
) -> None:
    """Show what changed in a pack between two days, and with --book what that means for the present book."""
    with explained(_Unclear, RulebookError, LookupError, TimeoutError):
        pack, before = _pack_on(old)
        other, after = _pack_on(new if "@" in new else f"{pack.name}@{new}")
        if other.name != pack.name:
            raise _Unclear(f"{pack.name} and {other.name} are different packs; compare two days of one.")
        if book:
            show_turned(pack, (before, after), as_json=as_json)
            return
        found = changes(pack, before, after)
        if as_json:
            _print_json(
                {"pack": pack.name, "old": str(before), "new": str(after), "changes": [_change(c) for c in found]}
            )
            return
        for each in found:
            _print_change(each)
        typer.echo(f"{pack.name}, {before} to {after}: {len(found)} rules differ")


@_group.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", exists=True, dir_okay=False, help="Worked examples.")],
) -> None:
    """Hold worked examples against the packs; print each that differs, exit code 1 on any difference."""
    with explained(_Unclear, RulebookError):
        try:
            examples = msgspec.json.decode(file.read_bytes(), type=list[dict[str, Any]])
        except msgspec.MsgspecError as error:
            raise _Unclear(f"{file} is no JSON array of examples: {error}") from None
        found = check_examples(examples)
        failed = [verdict for verdict in found if verdict.differences]
        for verdict in failed:
            for difference in verdict.differences:
                typer.echo(f"{verdict.id} {verdict.rule}: {difference}")
        typer.echo(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


def _named(name: str) -> list[tuple[Stated, ...]]:
    found = books()
    if name in found:
        return [stated for _, stated in sorted(found[name].rules.items())]
    rules = {rule: stated for book in found.values() for rule, stated in book.rules.items()}
    if name in rules:
        return [rules[name]]
    beginning = [stated for rule, stated in sorted(rules.items()) if rule.startswith(name)]
    if not beginning:
        raise _Unclear(f"There is no pack and no rule {name!r}. There are the packs {', '.join(found)}.")
    return beginning


def _pack_on(text: str) -> tuple[Book, date]:
    name, _, day = text.partition("@")
    book = books().get(name)
    if book is None:
        raise _Unclear(f"There is no pack {name!r}. There are {', '.join(books())}.")
    try:
        return book, date.fromisoformat(day)
    except ValueError:
        changed = ", ".join(str(pack.effective_from) for pack in book.files)
        raise _Unclear(f"{text!r} has no day; write {name}@YYYY-MM-DD. {name} changed on {changed}.") from None


def _about(book: Book) -> dict[str, Any]:
    first = book.files[0]
    rules = [stated[-1].rule for stated in book.rules.values()]
    return {
        "pack": book.name,
        "jurisdictions": list(first.jurisdictions),
        "kinds": list(first.kinds),
        "changes": [str(pack.effective_from) for pack in book.files],
        "rules": len(rules),
        "applied": sum(rule is not None and rule.status in {"in_force", "platform_terms"} for rule in rules),
        "title": first.title_en,
    }


def _plain(stated: Stated) -> dict[str, Any]:
    rule: dict[str, Any] = msgspec.to_builtins(stated.rule)
    return {**rule, "citation": citation(stated), "effective_from": str(stated.pack.effective_from)}


def _change(change: Change) -> dict[str, Any]:
    fields = {name: {"old": old, "new": new} for name, (old, new) in change.fields.items()}
    return {"rule": change.rule, "kind": change.kind, "fields": fields}


def _print_rule(stated: Stated) -> None:
    rule = stated.rule
    assert rule is not None
    _out.print(f"[bold]{rule.id}[/]  {type(rule).__name__.lower()}  {rule.status}", highlight=False)
    for line in (rule.zh, rule.en, figure(rule), f"{citation(stated)}, from {stated.pack.effective_from}", rule.source):
        if line:
            _out.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    for remark in (rule.quote, rule.note):
        if remark:
            _out.print(f"  [dim]{escape(remark)}[/]", highlight=False, soft_wrap=True)


def _print_change(change: Change) -> None:
    _out.print(f"[bold]{change.rule}[/] {change.kind}", highlight=False)
    for stated, mark in ((change.old, "-"), (change.new, "+")):
        if stated is not None and stated.rule is not None:
            _out.print(f"  {mark} {escape(stated.rule.en)}", highlight=False, soft_wrap=True)
    for name, (old, new) in change.fields.items():
        if name not in {"zh", "en"}:
            _out.print(f"    {name}: {escape(str(old))} -> {escape(str(new))}", highlight=False, soft_wrap=True)


def _print_json(what: dict[str, Any]) -> None:
    typer.echo(json.dumps(what, ensure_ascii=False, default=str))
