"""`crowdledger keys` and `crowdledger users`: who may use the API, and who may sign in to the console."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import psycopg
import typer
from rich.table import Table

from api.access import REGISTRY, Role, new_password
from api.account import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from ops import access_store
from ops.bars import screen
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings

_PLATFORM_SOURCE = re.compile(r"platform:[A-Za-z0-9._:-]{1,128}")
_PERSON = re.compile(r"[0-9a-f]{64}")

keys = typer.Typer(help="Keys of the API: platforms report with one, regulators and auditors read with one.")
users = typer.Typer(help="People who sign in to the console.")


class KeyRole(StrEnum):
    """What a key may do."""

    PLATFORM = "platform"
    REGULATOR = "regulator"
    AUDITOR = "auditor"


class UserRole(StrEnum):
    """What a person may do."""

    PLATFORM = "platform"
    REGULATOR = "regulator"
    AUDITOR = "auditor"
    INVESTOR = "investor"


Name = Annotated[str, typer.Option(help="Whose it is.")]
Source = Annotated[
    str | None, typer.Option(help="What events are sent as: platform:ID for a platform; a regulator's is registry.")
]


Whom = Annotated[str, typer.Argument(help="Whom.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")
    app.add_typer(users, name="users")


@keys.command("create")
def create_key(
    role: Annotated[KeyRole, typer.Option(help="What it may do.")], name: Name, source: Source = None
) -> None:
    """Make a key and print it, once, alone on stdout. It is not stored and can't be shown again."""
    _check_name(name)
    checked = _checked_source(role.value, source)
    settings = Settings.load()
    with _connection(settings) as connection:
        found = access_store.secrets_of(settings)
        text = access_store.create_key(connection, found, role=role.value, name=name, source=checked)
    print(text)


@keys.command("list")
def list_keys() -> None:
    """List keys, oldest first, without their text."""
    with _connection(Settings.load()) as connection:
        rows = access_store.list_keys(connection)
    _print(("id", "name", "role", "source", "created", "revoked"), rows)


@keys.command("revoke")
def revoke_key(key: Annotated[str, typer.Argument(help="Its id, or its name: then all keys of that name.")]) -> None:
    """Revoke a key. Running servers refuse it within seconds."""
    with _connection(Settings.load()) as connection:
        count = access_store.revoke_key(connection, key)
    if not count:
        raise typer.BadParameter(f"no key in use has the id or name {key!r}; `crowdledger keys list` shows them.")
    print(f"revoked: {count}", file=sys.stderr)


@users.command("create")
def create_user(
    role: Annotated[UserRole, typer.Option(help="What the person may do.")],
    name: Name,
    source: Source = None,
    person: Annotated[str | None, typer.Option(help="An investor's pseudonym in the log, 64 hex digits.")] = None,
    *,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Make a user. Without --password-stdin a password is made and printed, once, alone on stdout.

    Officers:  users create --role regulator --name lin

    Platforms: users create --role platform --name huizhong --source platform:huizhong

    Investors: users create --role investor --name wang --person DIGITS (crowdledger vault pseudonym tells them).
    """
    _check_name(name)
    checked = _checked_source(role.value, source)
    if (role is UserRole.INVESTOR) != (person is not None) or (person and not _PERSON.fullmatch(person)):
        raise typer.BadParameter("an investor, and nobody else, needs --person with 64 hex digits.")
    password = _password(given=password_stdin)
    with _connection(Settings.load()) as connection:
        try:
            access_store.create_user(
                connection, role=role.value, name=name, password=password, source=checked, person=person
            )
        except psycopg.errors.UniqueViolation:
            raise typer.BadParameter(f"there is a user {name!r} already; names are for life.") from None
    if not password_stdin:
        print(password)


@users.command("list")
def list_users() -> None:
    """List users by name."""
    with _connection(Settings.load()) as connection:
        rows = access_store.list_users(connection)
    _print(("id", "name", "role", "source", "person", "created", "disabled", "second factor", "provider"), rows)


@users.command("disable")
def disable_user(name: Whom) -> None:
    """Let a user sign in no more; open sessions end within seconds."""
    with _connection(Settings.load()) as connection:
        _found(access_store.disable_user(connection, name), name)


@users.command("reset-password")
def reset_password(
    name: Whom,
    *,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Give a user a new password, printed once, alone on stdout. Sessions end; failed attempts are forgotten."""
    password, settings = _password(given=password_stdin), Settings.load()
    with _connection(settings) as connection:
        _found(access_store.reset_password(connection, access_store.secrets_of(settings), name, password), name)
    if not password_stdin:
        print(password)


@users.command("reset-totp")
def reset_totp(name: Whom) -> None:
    """Take away a user's second factor and recovery codes, for who has lost both. Sessions end."""
    with _connection(Settings.load()) as connection:
        _found(access_store.reset_totp(connection, name), name)


def _found(done: bool, name: str) -> None:  # noqa: FBT001 - what the act before it answered
    if not done:
        raise typer.BadParameter(
            f"there is no user {name!r} for whom this can be done; `crowdledger users list` shows who there is."
        )


def _password(*, given: bool) -> str:
    """As the console reads it: without blanks at its ends."""
    password = sys.stdin.readline().strip() if given else new_password()
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise typer.BadParameter(f"a password has at least {PASSWORD_LENGTH_MIN} characters.")
    return password


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 128 or not name.isprintable():
        raise typer.BadParameter("a name has 1 to 128 printable characters.")


def _checked_source(role: Role, source: str | None) -> str | None:
    if role == "platform":
        if source is None or not _PLATFORM_SOURCE.fullmatch(source):
            raise typer.BadParameter("a platform needs --source platform:ID.")
        return source
    wanted = REGISTRY if role == "regulator" else None
    if source not in {None, wanted}:
        raise typer.BadParameter(f"the source of a {role} is {wanted or 'none'}; leave --source out.")
    return wanted


@contextmanager
def _connection(settings: Settings) -> Iterator[psycopg.Connection]:
    with database(settings) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn) as connection:
            yield connection


def _print(head: tuple[str, ...], rows: list[access_store.KeyRow] | list[access_store.UserRow]) -> None:
    table = Table(*head, box=None)
    for row in rows:
        table.add_row(
            *("" if each is None else f"{each:%Y-%m-%d %H:%M}" if hasattr(each, "hour") else str(each) for each in row)
        )
    screen().print(table)
