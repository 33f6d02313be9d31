"""The demo's keys and sign-ins: one key per source, one way in for each kind of user. Made fresh, shown once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg

from api.access import Role
from ledger import identity
from ops import access_store
from ops.demo.house import House
from ops.simulator.model import REGISTRY, Party
from ops.simulator.people import SCHEMES

REGULATORS = ("lin", "zhao")  # two, because a critical alert is closed by a second person
AUDITOR, INVESTOR = "auditor", "investor"
REPORTER, REPORTS = "huizhong", "platform:huizhong"  # one of the platform's own people
PASSWORD_BYTES = 12


@dataclass(frozen=True)
class Access:
    """Keys by source, further keys by role, passwords by user."""

    keys: dict[str, str]
    regulator_key: str
    auditor_key: str
    passwords: dict[str, str]


def make(house: House, sources: Iterable[str], investor: Party) -> Access:
    """Make all of it in the demo's database, with the functions behind `crowdledger keys` and `crowdledger users`."""
    found = access_store.secrets_of(house.settings)
    person = identity.person(house.settings.secret("identity"), SCHEMES[investor.kind], investor.number)
    passwords = {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in (*REGULATORS, AUDITOR, REPORTER, INVESTOR)}
    with psycopg.connect(house.dsn) as connection:
        regulator = access_store.create_key(connection, found, role="regulator", name="demo regulator", source=REGISTRY)
        auditor = access_store.create_key(connection, found, role="auditor", name="demo auditor", source=None)
        keys = {REGISTRY: regulator}
        for source in sources:
            if source != REGISTRY:
                name = f"demo {source}"
                keys[source] = access_store.create_key(connection, found, role="platform", name=name, source=source)
        for name, role, whose_events, whose in _people(person):
            access_store.create_user(
                connection, role=role, name=name, password=passwords[name], source=whose_events, person=whose
            )
    return Access(keys, regulator, auditor, passwords)


def _people(person: str) -> Iterator[tuple[str, Role, str | None, str | None]]:
    """Name, role, source and pseudonym of everybody who can sign in."""
    for name in REGULATORS:
        yield name, "regulator", REGISTRY, None
    yield AUDITOR, "auditor", None, None
    yield REPORTER, "platform", REPORTS, None
    yield INVESTOR, "investor", None, person
