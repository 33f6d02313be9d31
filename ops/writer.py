"""The appender as every process of ours opens it."""

from __future__ import annotations

from ledger.rulebook.enforcement import NOTHING, Enforcement, enforcement
from ledger.store.appender import Appender
from ops.keyring import keyring
from ops.settings import Settings

ENFORCEMENT_FILE = "enforcement.toml"


def open_appender(settings: Settings, dsn: str) -> Appender:
    """An appender on a migrated database. Close it, or use it in a `with`."""
    return Appender(dsn, keyring(settings), enforcement=enforced(settings))


def enforced(settings: Settings) -> Enforcement:
    """The limits that platforms asked to have refused, from `enforcement.toml` in the data folder; none without it.

    The file has a table `[enforce]` of platform = [limit ids]. Raises ValueError where it names what there isn't.
    """
    path = settings.data_dir / ENFORCEMENT_FILE
    return enforcement(path.read_text(encoding="utf-8")) if path.exists() else NOTHING
