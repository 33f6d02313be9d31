"""Pages of docs/ as HTML: the repository's own text, so that nothing is explained twice."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

# By the name in the address; a built wheel carries the files beside this module.
PAGES: Final = {
    "refusals": "Refusals",
    "problems": "Problems",
    "events": "Events",
    "api": "The API",
    "corrections": "Corrections",
    "reporting": "For those who report",
    "people": "People's data",
    "operations": "Operations",
}
_PACKAGED: Final = files("api.manual")
_CHECKOUT: Final = Path(__file__).parents[2] / "docs"
_LINK: Final = re.compile(r"([a-z]+)\.md(#.*)?")


@cache
def render(name: str) -> str:
    """One page as HTML without its first heading. What its Markdown has of HTML is shown, not obeyed."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(source(name))
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[position + 1].content))
        for child in token.children or ():
            _mend_link(child)
    return str(markdown.renderer.render(tokens[3:], markdown.options, {}))


def source(name: str) -> str:
    """The Markdown of a page."""
    packaged = _PACKAGED / f"{name}.md"
    found = packaged if packaged.is_file() else _CHECKOUT / f"{name}.md"
    return found.read_text(encoding="utf-8")


def _anchor(heading: str) -> str:
    """A code is its own anchor."""
    return re.sub(r"[^a-z0-9_.-]+", "-", heading.lower().strip("`"))


def _mend_link(token: Token) -> None:
    target = str(token.attrGet("href") or "")
    match = _LINK.fullmatch(target)
    if match and match.group(1) in PAGES:
        token.attrSet("href", f"/docs/{match.group(1)}{match.group(2) or ''}")
