"""The page docs/rulebooks.md, written from the packs: `python -m ledger.rulebook.reference > docs/rulebooks.md`."""

from __future__ import annotations

import sys

from ledger.rulebook.loading import Book, Stated, books, spans
from ledger.rulebook.words import figure

_HEAD = """# Rulebooks

*Written from `ledger/rulebooks/` by `python -m ledger.rulebook.reference`; a test holds it to them.*

Every limit, interval, rate and duty that the ledger knows, with its dates and where it stands. Amounts are minor units.
`in_force` rules were read in their source or follow from one, `platform_terms` are a platform's own: these are applied.
`draft` rules never became law, `superseded_before_effect` were announced and withdrawn, `unverified` are from memory: a
check of them answers `not_provable`. This is no legal advice, and no figure was checked against a live site.

`crowdledger rulebooks show RULE --on DATE` says what held on a day, `diff` what a change changed (with `--book`, who of
the present book would break the other law, or no more), `check FILE.json` holds worked examples against the packs.
How to add law: [CONTRIBUTING.md](../CONTRIBUTING.md).
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *(_book(book) for book in books().values())])


def _book(book: Book) -> str:
    first = book.files[0]
    own = "" if first.title == first.title_en else f" ({first.title})"
    where = ", ".join(first.jurisdictions) or "platform terms"
    lines = [f"## {book.name}\n", f"{first.title_en}{own}; {first.issued_by}. {where}; {', '.join(first.kinds)}.\n"]
    lines += ["| rule | says | figure | from | to | status | where |", "|---|---|---|---|---|---|---|"]
    for name, stated in sorted(book.rules.items()):
        lines += (_row(name, each, str(until or "")) for each, until in spans(stated) if each.rule is not None)
    return "\n".join([*lines, ""])


def _row(name: str, stated: Stated, until: str) -> str:
    rule = stated.rule
    assert rule is not None
    cells = (
        f"`{name}`", f"{rule.en}<br>{rule.zh}", figure(rule), str(stated.pack.effective_from), until, rule.status,
        f"{rule.article}; {rule.source}",
    )  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
