"""The rest of api.door_store.DoorStore: investors by a platform's ticket, officers by the word of a provider."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Final

import psycopg

from api.access import REGISTRY, Principal
from api.door_log import Note, by_key, by_user
from api.door_store import Entered, NewSession, Ticket, Use, Vouched
from ledger.kernel import clock
from ops import door_log
from ops.door_store import SQL, OwnAccount, begin, signed_in

TRIES_MAX: Final = 5  # of a code with its reference
TICKETS_KEPT_FOR: Final = timedelta(days=1)  # the log of the door has them for good
_NAME_DIGITS: Final = 16


class PostgresDoorStore(OwnAccount):
    """All of it."""

    def keep_ticket(self, ticket: Ticket, now: datetime) -> None:
        """Keep it, in place of an earlier one for the same party."""
        values = {
            **ticket._asdict(), "id": clock.new_id(), "made_by": ticket.made_by.name, "now": now,
            "before": now - TICKETS_KEPT_FOR,
        }  # fmt: skip
        with self._transaction() as connection:
            connection.execute(SQL["end_tickets"], values)
            connection.execute(SQL["insert_ticket"], values)
            door_log.write(connection, by_key(ticket.made_by, f"{ticket.kind}_made", party=_party(ticket)))

    def ticket_source(self, digest: bytes, now: datetime) -> str | None:
        """Whose ticket it is."""
        with self._transaction() as connection:
            row = connection.execute(SQL["ticket_source"], {"digest": digest, "now": now}).fetchone()
            return str(row[0]) if row else None

    def use_ticket(self, use: Use, network: bytes, session: NewSession, now: datetime) -> Entered | None:
        """Use it up and begin the session. A wrong code is counted, and nothing else done."""
        with self._transaction() as connection:
            values = {"digest": use.digest, "now": now, "tries": TRIES_MAX}
            row = connection.execute(SQL["try_ticket"], values).fetchone()
            if row is None:
                return None
            stored, person, source, party = row
            if not hmac.compare_digest(stored or b"", use.code_digest or b""):
                door_log.write(connection, Note("refused", network=network, about={"step": "entry", "source": source}))
                return None
            connection.execute(SQL["use_ticket"], values)
            user = _investor(connection, person, now)
            if user is None:
                return None
            session = session._replace(sources=_vouching(connection, use, user, source, now))
            if not begin(connection, user, session, now):
                return None
            used = f"{session.method}_used"
            door_log.write(connection, by_user(user, used, network, source=source, party=party))
            signed_in(connection, user, network, session, now, source=source)
            return Entered(user, source)

    def keep_state(self, state: bytes, visit: bytes, wanted: str, expires_at: datetime, now: datetime) -> None:
        """Somebody is sent to the provider."""
        values = {"digest": state, "visit": visit, "wanted": wanted, "expires_at": expires_at, "now": now}
        with self._transaction() as connection:
            connection.execute(SQL["delete_expired"], values)
            connection.execute(SQL["insert_state"], values)

    def take_state(self, state: bytes, visit: bytes, now: datetime) -> str | None:
        """Where to lead who comes back, once."""
        with self._transaction() as connection:
            row = connection.execute(SQL["take_state"], {"digest": state, "visit": visit, "now": now}).fetchone()
            return str(row[0]) if row else None

    def vouched(self, vouched: Vouched, network: bytes, session: NewSession, now: datetime) -> Principal | None:
        """The user of this subject, made where there is none, with the role of today."""
        with self._transaction() as connection:
            found = _of_subject(connection, vouched) or _made(connection, vouched, now)
            user, disabled = found
            if disabled:
                door_log.write(connection, by_user(user, "refused", network, step="provider", reason="disabled"))
                return None
            if user.role != vouched.role:
                source = REGISTRY if vouched.role == "regulator" else None
                connection.execute(SQL["end_all"], {"user_id": user.id})
                connection.execute(SQL["update_role"], {"user_id": user.id, "role": vouched.role, "source": source})
                user = (_of_subject(connection, vouched) or found)[0]
            if not begin(connection, user, session, now):
                return None
            signed_in(connection, user, network, session, now)
            return user

    def not_vouched(self, issuer: str, subject: str, network: bytes) -> list[bytes]:
        """End the sessions of who has lost every role."""
        with self._transaction() as connection:
            found = _of_subject(connection, Vouched(issuer, subject, "", ""))
            if found is None:
                door_log.write(connection, Note("refused", network=network, about={"step": "provider"}))
                return []
            door_log.write(connection, by_user(found[0], "refused", network, step="provider", reason="no role"))
            return [row[0] for row in connection.execute(SQL["end_all"], {"user_id": found[0].id})]


def _vouching(
    connection: psycopg.Connection, use: Use, user: Principal, source: str, now: datetime
) -> tuple[str, ...] | None:
    """Whose word the session stands on. A platform vouches for what it knows itself, and for nothing of others'.

    It may have opened its link itself; so nobody sees more by links than the platforms that made them.
    """
    if use.everything:
        return None
    asked = {"before": use.before, "user_id": user.id, "now": now}
    row = connection.execute(SQL["vouched_before"], asked).fetchone() if use.before else None
    if row is None:
        return (source,)
    return None if row[0] is None else tuple(sorted({*row[0], source}))


def _party(ticket: Ticket) -> str:
    return f"{ticket.source.removeprefix('platform:')}:{ticket.party}"


def _investor(connection: psycopg.Connection, person: str, now: datetime) -> Principal | None:
    """The investor who is this person, made where she never came in; None where she is disabled."""
    row = connection.execute(SQL["investors_of"], {"person": person}).fetchone()
    if row is None:
        name = f"investor-{person[:_NAME_DIGITS]}"
        made = {"id": clock.new_id(), "name": name, "person": person, "now": now}
        connection.execute(SQL["insert_investor"], made)
        row = connection.execute(SQL["investors_of"], {"person": person}).fetchone()
    if row is None or row[-1]:
        return None
    return Principal(*row[:-1])


def _of_subject(connection: psycopg.Connection, vouched: Vouched) -> tuple[Principal, bool] | None:
    values = {"issuer": vouched.issuer, "subject": vouched.subject}
    row = connection.execute(SQL["user_by_subject"], values).fetchone()
    return (Principal(*row[:-1]), row[-1]) if row else None


def _made(connection: psycopg.Connection, vouched: Vouched, now: datetime) -> tuple[Principal, bool]:
    """A user under a name that nobody has, in whatever letters. It is hers for life: acts in the log go by names."""
    source = REGISTRY if vouched.role == "regulator" else None
    number, name = 1, vouched.name
    while True:
        values = {**vouched._asdict(), "id": clock.new_id(), "name": name, "source": source, "now": now}
        if connection.execute(SQL["name_taken"], values).fetchone() is None:
            connection.execute(SQL["insert_vouched"], values)
            found = _of_subject(connection, vouched)
            if found is not None:
                return found
        number, name = number + 1, f"{vouched.name} ({number + 1})"
