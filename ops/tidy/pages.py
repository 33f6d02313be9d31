"""Rules about pages: templates, macros and classes that nobody uses, and rooms that go into one another's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jinja2 import Environment, nodes

from ops.tidy.finding import Finding, Source, allowed

TEMPLATES = "api/templates/"
CONSOLE = "api/console/"
# `office/rule.html`, `console/_parts.html`, `badge.svg`: as modules and templates name a template.
_NAMED = re.compile(r"(?:console/)?(?:(?P<room>\w+)/)?\w+\.(?:html|svg)")
_RULE = re.compile(r"([^{}@;]+)\{")
_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASSES = re.compile(r'class="((?:\{[{%].*?[%}]\}|[^"{])*)"', re.DOTALL)
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_PUT_IN = re.compile(r"\$?\{(?:[^{}]|\{[^{}]*\})*\}")
_QUOTED = re.compile(r"""(["'`])(.*?)\1""")
_ENGINE = Environment(autoescape=True)
_HOLE = "\0"  # what a page puts into a name: `sev-{{ code }}`


class Named(NamedTuple):
    """A place where a name stands."""

    line: int
    name: str


class Import(NamedTuple):
    """`{% import "template" as name %}`."""

    line: int
    template: str
    name: str


@dataclass(frozen=True)
class Template:
    """What the rules need to know of a template. `name` as the engine knows it: `console/office/rule.html`."""

    name: str
    extends: list[Named] = field(default_factory=list)
    includes: list[Named] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    macros: list[Named] = field(default_factory=list)
    called: set[str] = field(default_factory=set)  # `macro` and `library.macro`
    loaded: set[str] = field(default_factory=set)  # names that are read

    @property
    def asked(self) -> list[Named]:
        """The templates that it names."""
        return [*self.extends, *self.includes, *(Named(each.line, each.template) for each in self.imports)]

    def finding(self, line: int, rule: str, message: str) -> Finding:
        """A finding at a line."""
        return Finding(TEMPLATES + self.name, line, rule, message)


def parsed(files: Iterable[tuple[str, str]]) -> dict[str, Template]:
    """The templates among files (path from the root, text), by their names."""
    named = [(path.removeprefix(TEMPLATES), text) for path, text in files if path.startswith(TEMPLATES)]
    return {name: _read(Template(name), _ENGINE.parse(text)) for name, text in named}


def _read(template: Template, tree: nodes.Node) -> Template:
    """One walk over the tree for all rules."""
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.Extends):
            template.extends.extend(_constants(node))
        elif isinstance(node, nodes.Include):
            template.includes.extend(_constants(node))
        elif isinstance(node, nodes.Import):
            template.imports.extend(Import(*one, node.target) for one in _constants(node))
        elif isinstance(node, nodes.Macro):
            template.macros.append(Named(node.lineno, node.name))
        elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
            template.called.add(node.node.name)
        elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            if isinstance(node.node.node, nodes.Name):
                template.called.add(f"{node.node.node.name}.{node.node.attr}")
        elif isinstance(node, nodes.Name) and node.ctx == "load":
            template.loaded.add(node.name)
        _read(template, node)
    return template


def _constants(node: nodes.Extends | nodes.Include | nodes.Import) -> list[Named]:
    """The template that a node names; each of them where it chooses."""
    named = [node.template] if isinstance(node.template, nodes.Const) else node.template.find_all(nodes.Const)
    return [Named(node.lineno, one.value) for one in named if isinstance(one.value, str)]


def unused_template(templates: Mapping[str, Template], sources: Iterable[Source]) -> Iterator[Finding]:
    """A template is named by another one or by a module of its room."""
    asked = {name for template in templates.values() for _, name in template.asked}
    for path, _, name in _named_in(sources):
        asked |= {f"console/{name}", f"console/{_room(path.removeprefix('api/'))}/{name}", name}
    for template in templates.values():
        if template.name not in asked:
            yield template.finding(1, "unused-template", "No module of its room and no template names it. Take it out.")


def foreign_template(templates: Mapping[str, Template], sources: Iterable[Source]) -> Iterator[Finding]:
    """Rooms know nothing of each other: what two of them show stands beside them, in console/."""
    for template in templates.values():
        for line, name in template.asked:
            if _room(name) not in {"", _room(template.name)}:
                yield template.finding(line, "foreign-template", f"{name} is another room's. Move it up to console/.")
    for path, line, name in _named_in(sources):
        named, own = _NAMED.fullmatch(name), _room(path.removeprefix("api/"))
        if own and named and named["room"] not in {None, own, "console"}:
            yield Finding(path, line, "foreign-template", f"{name} is another room's. Move it up to console/.")


def unused_macro(templates: Mapping[str, Template]) -> Iterator[Finding]:
    """A macro is called in its own template, or under a name that its template is imported by."""
    called = set().union(*(each.called for each in templates.values()))
    known_as: dict[str, set[str]] = {}
    for each in (one for template in templates.values() for one in template.imports):
        known_as.setdefault(each.template, set()).add(each.name)
    for template in templates.values():
        for line, name in template.macros:
            ways = {f"{library}.{name}" for library in known_as.get(template.name, ())}
            if name not in template.called and not ways & called:
                yield template.finding(line, "unused-macro", f"Nobody calls {name}. Take it out.")


def unused_import(templates: Mapping[str, Template]) -> Iterator[Finding]:
    """What a template imports is used in it, in one that it includes, or in one that is built upon it."""
    sees: dict[str, set[str]] = {name: {name} for name in templates}
    for template in templates.values():
        sees[template.name].update(each.name for each in template.includes)
        for each in template.extends:
            sees.setdefault(each.name, set()).add(template.name)
    for template in templates.values():
        loaded = set().union(*(templates[name].loaded for name in _reached(template.name, sees) & templates.keys()))
        for line, _, name in template.imports:
            if name not in loaded:
                yield template.finding(line, "unused-import", f"Nothing of {name} is used. Take it out.")


def unused_class(sheets: Iterable[tuple[str, str]], users: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """A class that a style sheet knows stands in a template, or in a text of a script or module of the console."""
    given = {name for path, text in users for name in _given(path, text)}
    made = [re.compile(re.escape(name).replace(re.escape(_HOLE), r"[\w-]+")) for name in given if _HOLE in name]
    for path, text in sheets:
        # A comment may hold a dot, too; its lines are kept for the count.
        bare = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
        for rule in _RULE.finditer(bare):
            for found in _CLASS.finditer(rule.group(1)):
                name = found.group(1)
                if name in given or any(one.fullmatch(name) for one in made):
                    continue
                line = bare.count("\n", 0, rule.start() + found.start()) + 1
                finding = Finding(path, line, "unused-class", f"No page has the class {name}. Take it out.")
                if not allowed(text.split("\n"), finding):
                    yield finding


def _room(path: str) -> str:
    """`office` of `console/office/...`; empty for what stands in console itself."""
    parts = path.split("/")
    return parts[1] if parts[0] == "console" and len(parts) > 2 else ""


def _named_in(sources: Iterable[Source]) -> Iterator[tuple[str, int, str]]:
    """Path, line and name of each template that a module of the console names."""
    for source in sources:
        if source.path.startswith(CONSOLE):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAMED.fullmatch(node.value):
                    yield source.path, node.lineno, node.value


def _reached(name: str, sees: Mapping[str, set[str]]) -> set[str]:
    """All that can be come to from a name, itself too."""
    found, waiting = {name}, [name]
    while waiting:
        fresh = sees.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def _given(path: str, text: str) -> Iterator[str]:
    """The classes that a file can give to an element; a hole where it puts something into the name."""
    texts = []
    if path.startswith(TEMPLATES):
        texts += [_EXPRESSION.sub(_hole, value) for value in _CLASSES.findall(text)]
        texts += [each[1] for expression in _EXPRESSION.findall(text) for each in _QUOTED.findall(expression)]
    else:
        texts += [_PUT_IN.sub(_HOLE, each[1]) for each in _QUOTED.findall(text)]
    # A selector in a script has dots and commas. A name that is one hole would give leave to every class.
    yield from (word for each in texts for word in re.split(r"[\s.,:>]+", each) if not word.startswith(_HOLE))


def _hole(expression: re.Match[str]) -> str:
    return _HOLE if expression.group().startswith("{{") else " "
