"""Proofs from two small forms: that one tree is a prefix of another, and that an event is in a tree (RFC 6962)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final, TypeVar

from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.office.log import LOG
from api.console.shell import Shell
from api.console.visits import Visit
from api.facts import Read
from api.problems import Problem
from api.services import Reads
from ledger.merkle import verify_consistency, verify_inclusion
from ledger.store.proofs import Consistency, Inclusion

ADDRESS: Final = f"{LOG}/proofs"
_MAX: Final = (1 << 63) - 1
T = TypeVar("T")
# What a form shows as a sentence, in place.
TOLD: Final = frozenset({"invalid_parameter", "not_found", "not_sealed"})


def routes(shell: Shell) -> list[Route]:
    """/console/log/proofs."""

    def page(visit: Visit) -> Response:
        pairs = visit.request.query_params.multi_items()
        given = {name: value.strip() for name, value in pairs if value.strip()}
        if len({name for name, _ in pairs}) != len(pairs) or given.keys() - {"from", "to", "position", "size"}:
            raise Problem("invalid_parameter", "known, and once each: from, to, position, size.")
        proof: Consistency | Inclusion | None = None
        problem: Problem | None = None
        try:
            proof = _proof(shell.services.reads, given)
        except Exception as error:
            problem = error if isinstance(error, Problem) else shell.services.problem_of(error)
            if problem is None or problem.code not in TOLD:
                raise
        return shell.render(
            visit,
            "office/log_proofs.html",
            problem.status if problem else 200,
            **frame(shell.services),
            given={"from": "", "to": "", "position": "", "size": "", **given},
            extends=proof if isinstance(proof, Consistency) else None,
            inside=proof if isinstance(proof, Inclusion) else None,
            holds=proof is not None and _holds(proof),
            problem=problem,
            heads=shell.services.reads.log_health(shell.services.now()).value.heads,
            coded=lambda value: base64.b64encode(value).decode(),
        )

    return [Route(ADDRESS, shell.page(page), methods=["GET"], include_in_schema=False)]


def _proof(reads: Reads, given: Mapping[str, str]) -> Consistency | Inclusion | None:
    """The proof that the address asks for; None where it asks for none. Raises Problem."""
    if given.keys() & {"from", "to"}:
        return _found(_extends(reads, _number(given, "from"), _number(given, "to")))
    if given.keys() & {"position", "size"}:
        return _found(_inside(reads, _number(given, "position"), _number(given, "size") if "size" in given else None))
    return None


def _extends(reads: Reads, old: int, new: int) -> Read[Consistency | None]:
    if old > new:
        raise Problem("invalid_parameter", f"the earlier size ({old}) is larger than the later ({new}).")
    return reads.consistency(old, new)


def _inside(reads: Reads, position: int, size: int | None) -> Read[Inclusion | None]:
    if position < 1 or (size is not None and size < position):
        raise Problem("invalid_parameter", "an entry has a number from 1 on, and its tree is at least as large.")
    return reads.inclusion(position, size)


def _found(read: Read[T | None]) -> T:
    if read.value is None:
        raise Problem("not_found", f"the log ends at entry {read.as_of.position}.")
    return read.value


def _holds(proof: Consistency | Inclusion) -> bool:
    """The proof checked as anybody can check it, with nothing but its hashes."""
    if isinstance(proof, Inclusion):
        return verify_inclusion(proof.leaf, proof.leaf_index, proof.size, proof.path, proof.root)
    if proof.old == 0:
        return not proof.path
    return verify_consistency(proof.old, proof.new, proof.old_root, proof.new_root, proof.path)


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "").replace(",", "")
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > _MAX:
        raise Problem("invalid_parameter", f"{name} is a whole number.")
    return int(text)
