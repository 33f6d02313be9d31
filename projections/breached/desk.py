"""What the judge remembers, for the events in hand: loaded at once, changed in memory event by event, written back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from msgspec import Struct, field

from ledger.affiliates import Group, Link, group
from ledger.breaches import Needs, needs
from projections import base

if TYPE_CHECKING:
    from psycopg import Cursor

SQL: Final = base.load("breaches")
T = TypeVar("T")


class Party(NamedTuple):
    """A party by key; `person` is who is behind it, where that is known."""

    key: str
    kind: str
    person: str | None


class Contract(Struct):
    """A campaign or loan under a law that limits something; money in minor units."""

    key: str
    kind: str
    platform: str
    owner: str
    jurisdiction: str
    currency: str
    day: int
    position: int
    raised: int = 0
    owed: int = 0
    owed_position: int | None = None
    is_void: bool = False


class Line(Struct):
    """A promise, bid or bought claim, and what stands of it."""

    position: int
    item: str
    party: str
    contract: str
    made: int
    amount: int
    day: int


class Declared(NamedTuple):
    """A declaration; times in Unix microseconds."""

    position: int
    party: str
    jurisdiction: str
    currency: str
    declared_at: int
    annual_income: int | None
    net_worth: int | None
    financial_assets: int | None
    accredited: bool | None
    sophisticated: bool | None
    experience_years: int | None
    valid_to: int | None


class Asked(Struct):
    """What events name: keys, by what is to be loaded for them."""

    items: set[str] = field(default_factory=set)
    contracts: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)  # contracts of which every line is asked for
    investors: dict[str, set[str]] = field(default_factory=dict)  # by contract
    opened: dict[str, Needs] = field(default_factory=dict)  # contracts that begin, and what their law asks for
    owners: set[str] = field(default_factory=set)  # of these
    registered: dict[str, str] = field(default_factory=dict)  # parties that become known -> person


class Desk:
    """The memory for a run of events. Every figure is as of the event in hand."""

    def __init__(self) -> None:
        self.parties: dict[str, Party] = {}
        self.selves: defaultdict[str, list[str]] = defaultdict(list)
        self.contracts: dict[str, Contract] = {}
        self.owned: defaultdict[str, dict[int, Contract]] = defaultdict(dict)
        self.lines: dict[str, Line] = {}  # by item
        self.by_party: defaultdict[str, dict[int, Line]] = defaultdict(dict)
        self.by_contract: defaultdict[str, dict[int, Line]] = defaultdict(dict)
        self.declared: defaultdict[str, list[Declared]] = defaultdict(list)
        self.links: dict[int, tuple[Link, int]] = {}
        self.new: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)  # COPY block -> rows
        self._new_contracts: list[Contract] = []
        self._new_lines: list[Line] = []
        self._changed_contracts: dict[int, Contract] = {}
        self._changed_lines: dict[int, Line] = {}

    # -- what there is

    def same_person(self, key: str) -> list[str]:
        """All parties that are this one's person, as far as they are known; at least the party itself."""
        party = self.parties.get(key)
        return [key] if party is None or party.person is None else self.selves[party.person]

    def behind(self, key: str) -> str:
        """The person behind a party, where known; else the party."""
        party = self.parties.get(key)
        return key if party is None or party.person is None else f"person:{party.person}"

    def group(self, key: str, day: int) -> Group:
        """The group of a party by the relations that were told by now and held on a day."""
        links = [link for link, since in self.links.values() if since <= day]
        return group(key, links, {name: party.person for name, party in self.parties.items()})

    # -- what becomes of it

    def register(self, party: Party, position: int) -> None:
        """A party became known."""
        self._know(party)
        self.new["copy_parties"].append((*party, position))

    def open(self, contract: Contract) -> None:
        """A campaign or loan whose law limits something began."""
        self.contracts[contract.key] = contract
        self.owned[contract.owner][contract.position] = contract
        self._new_contracts.append(contract)

    def promise(self, line: Line) -> None:
        """Somebody promised, bid or bought."""
        self._keep(line)
        self._new_lines.append(line)

    def move(self, line: Line, amount: int) -> None:
        """So much more (or less) of a line stands: never below nothing, nor above what was made."""
        line.amount = min(max(line.amount + amount, 0), line.made)
        self._changed_lines[line.position] = line

    def take(self, contract: str, party: str, amount: int) -> None:
        """What a party has in a contract became less, the oldest first; or is there again, the newest first."""
        lines = sorted(self.by_contract[contract].values(), key=lambda line: line.position, reverse=amount > 0)
        for line in lines:
            if line.party == party and amount:
                part = min(line.made - line.amount, amount) if amount > 0 else -min(line.amount, -amount)
                self.move(line, part)
                amount -= part

    def touch(self, contract: Contract) -> None:
        """A contract was changed."""
        self._changed_contracts[contract.position] = contract

    # -- where it lies

    def load(self, cursor: Cursor[Any], asked: Asked) -> None:
        """All that the events can ask for. What the events themselves bring is added as they are folded."""
        for line in _all(cursor, "items", _line, items=asked.items):
            self._keep(line)
            asked.contracts.add(line.contract)
        self._contracts(cursor, asked.contracts | asked.whole | asked.investors.keys())
        wanted = {key: needs(each.jurisdiction, each.kind) for key, each in self.contracts.items()} | asked.opened
        if not wanted:
            return
        owners = {each.owner for each in self.contracts.values()} | asked.owners
        investors = {
            each for key, those in asked.investors.items() if key in wanted and wanted[key].money for each in those
        }
        self._people(cursor, owners | investors)
        self._persons(cursor, {asked.registered[key] for key in (owners | investors) & asked.registered.keys()})
        groups = self._related(cursor, {each for key in owners for each in self._selves(key, asked)})
        for contract in _all(cursor, "owned", Contract, owners=groups):
            self._hold(contract)
        putting = {each for key, those in asked.investors.items()
                   if key in wanted and wanted[key].invested for each in those}  # fmt: skip
        parties = {each for key in putting for each in self._selves(key, asked)}
        whole = {key for key, law in wanted.items()
                 if law.holders or (key in asked.whole and law.money)}  # fmt: skip
        self._lines(cursor, parties, whole)
        for row in _all(cursor, "declarations", Declared, parties=parties):
            self.declared[row.party].append(row)

    def _selves(self, key: str, asked: Asked) -> list[str]:
        """The same where the party itself is only about to become known."""
        return [key, *self.selves[asked.registered[key]]] if key in asked.registered else self.same_person(key)

    def _lines(self, cursor: Cursor[Any], parties: set[str], contracts: set[str]) -> None:
        if not parties and not contracts:
            return
        for row in cursor.execute(
            SQL["lines"], {"parties": sorted(parties), "contracts": sorted(contracts)}
        ).fetchall():
            self._keep(_line(*row))
        self._contracts(cursor, {line.contract for party in parties for line in self.by_party[party].values()})
        self._people(cursor, {each.owner for each in self.contracts.values()})

    def write(self, cursor: Cursor[Any]) -> None:
        """Everything that is new or changed."""
        for contract in self._new_contracts:
            self.new["copy_contracts"].append(tuple(getattr(contract, name) for name in Contract.__struct_fields__))
            self._changed_contracts.pop(contract.position, None)
        for line in self._new_lines:
            self.new["copy_lines"].append(tuple(getattr(line, name) for name in Line.__struct_fields__))
            self._changed_lines.pop(line.position, None)
        for block, rows in self.new.items():
            base.copy(cursor, SQL, block, rows)
        for block, changed in (("contracts", self._changed_contracts), ("lines", self._changed_lines)):
            if changed:
                changes = [changed[position] for position in sorted(changed)]
                cursor.execute(SQL[f"restate_{block}"], {"changes": base.json(changes)})

    def _contracts(self, cursor: Cursor[Any], keys: Iterable[str]) -> None:
        for contract in _all(cursor, "contracts", Contract, keys=set(keys) - self.contracts.keys()):
            self._hold(contract)

    def _hold(self, contract: Contract) -> None:
        if contract.key not in self.contracts:
            contract.raised, contract.owed = int(contract.raised), int(contract.owed)
            self.contracts[contract.key] = contract
            self.owned[contract.owner][contract.position] = contract

    def _people(self, cursor: Cursor[Any], keys: Iterable[str]) -> None:
        found = _all(cursor, "parties", Party, keys=set(keys) - self.parties.keys())
        for party in found:
            self._know(party)
        self._persons(cursor, {party.person for party in found if party.person is not None})

    def _persons(self, cursor: Cursor[Any], persons: Iterable[str]) -> None:
        for party in _all(cursor, "selves", Party, persons=persons):
            self._know(party)

    def _related(self, cursor: Cursor[Any], keys: Iterable[str]) -> set[str]:
        """The parties that one comes to from these by relations and persons, whatever the day."""
        reached: set[str] = set()
        edge = {each for key in keys for each in self.same_person(key)}
        while edge:
            reached |= edge
            rows = cursor.execute(SQL["relations"], {"keys": sorted(edge)}).fetchall()
            for party, other, position, day in rows:
                self.links[position] = (Link(party, other, position), day)
            near = {key for party, other, _, _ in rows for key in (party, other)}
            self._people(cursor, near)
            edge = {each for key in near for each in self.same_person(key)} - reached
        return reached

    def _know(self, party: Party) -> None:
        if party.key not in self.parties:
            self.parties[party.key] = party
            if party.person is not None:
                self.selves[party.person].append(party.key)

    def _keep(self, line: Line) -> None:
        if line.position not in self.by_contract[line.contract]:
            self.lines[line.item] = line
            self.by_party[line.party][line.position] = line
            self.by_contract[line.contract][line.position] = line


def _line(position: int, item: str, party: str, contract: str, made: Any, amount: Any, day: int) -> Line:
    return Line(position, item, party, contract, int(made), int(amount), day)


def _all(cursor: Cursor[Any], block: str, row: Callable[..., T], **asked: Iterable[str]) -> list[T]:
    """Rows for keys; nothing is asked where there are none."""
    if not all(asked.values()):
        return []
    found = cursor.execute(SQL[block], {name: sorted(keys) for name, keys in asked.items()}).fetchall()
    return [row(*each) for each in found]
