"""Has new tree heads signed by the configured witnesses; stops sealing where one has seen another history.

One thread per witness: a slow or absent one holds up nobody, neither the sealer nor the other witnesses.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

import httpx
import psycopg
import structlog

from ledger import notes, witness
from ledger.kernel import clock
from ledger.notes import ED25519, NoteError, VerifierKey, parse_key
from ledger.store import sealer, tree
from ledger.store.tree import Sealed
from ops.keyfile import SettingsError
from ops.settings import Settings

FILE: Final = "witnesses"
_OTHER_WORDS: Final = frozenset({"log", "group", "quorum"})  # of tlog-policy, for those who verify
_TIMEOUT_SECONDS: Final = 10.0
_PAUSE_MAX_SECONDS: Final = 30.0
_log = structlog.get_logger(__name__)


class Place(NamedTuple):
    """A witness: where it takes heads, and the keys it signs them with."""

    url: str
    keys: tuple[VerifierKey, ...]


class Inconsistent(Exception):
    """A witness has seen a history that this log's heads don't continue."""


class Trouble(Exception):
    """A witness can't be reached, or doesn't answer as a witness does; it is asked again."""


def configured(settings: Settings) -> list[Place]:
    """The witnesses in the file of the settings, in the form of C2SP tlog-policy: `witness NAME KEY URL`, one per key.

    No file: none. Raises SettingsError where a line can't be used.
    """
    path = settings.witnesses or settings.data_dir / FILE
    if not path.exists():
        if settings.witnesses is not None:
            raise SettingsError(f"CROWDLEDGER_WITNESSES names {path}, which is not there. Make it, or unset that.")
        return []
    return _places(path)


def _places(path: Path) -> list[Place]:
    found: dict[str, list[VerifierKey]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        words = line.split()
        if not words or words[0].startswith("#") or words[0] in _OTHER_WORDS:
            continue
        if words[0] != "witness" or len(words) not in {3, 4}:
            raise SettingsError(f"{path}, line {number}: write `witness NAME KEY URL` (C2SP tlog-policy).")
        if len(words) == 3:
            continue  # known to those who verify; nobody to send heads to
        try:
            key = parse_key(words[2])
        except NoteError as error:
            raise SettingsError(f"{path}, line {number}: {error}.") from None
        if key.kind == ED25519:
            raise SettingsError(f"{path}, line {number}: the key of {key.name} is a log's, not a witness's.")
        if not words[3].startswith(("http://", "https://")):
            raise SettingsError(f"{path}, line {number}: {words[3]!r} is no http address.")
        found.setdefault(words[3].rstrip("/"), []).append(key)
    return [Place(url, tuple(keys)) for url, keys in found.items()]


class Cosigner:
    """One witness's part: submits the newest head whenever there is one that it hasn't signed."""

    def __init__(self, dsn: str, place: Place, client: httpx.Client) -> None:
        self._dsn, self._place, self._client = dsn, place, client
        self._pause = 0.0  # before it is asked again after trouble
        self._known = 0  # the size that it signed last, as far as we know

    def once(self, connection: psycopg.Connection) -> Sealed | None:
        """Submit the newest head where that is due. The head that was cosigned; None where nothing was to do.

        Raises Trouble, and Inconsistent where the witness can prove that this log's history was altered.
        """
        sealed = tree.latest(connection)
        stop = tree.last_stop(connection)
        connection.rollback()
        if sealed is None or sealed.size == self._known or (stop is not None and stop[0] == "stopped"):
            return None
        for _ in range(3):  # what it signed last is learnt from its first answer; another process may have been faster
            if self._known > sealed.size:
                sealed = self._newest(connection)
            answer = self._submit(connection, sealed)
            if answer.status_code == 409:
                self._conflict(answer, sealed)
                continue
            self._take(connection, sealed, answer)
            return sealed
        raise Trouble("it asks for another size each time")

    def _newest(self, connection: psycopg.Connection) -> Sealed:
        """The newest head, which must reach what the witness has signed: heads are stored before they are submitted."""
        sealed = tree.latest(connection)
        connection.rollback()
        assert sealed is not None, "heads don't vanish"
        if sealed.size < self._known:
            raise Inconsistent(
                f"the witness {self._name} has signed a head of {self._known} entries, this log has signed "
                f"{sealed.size} at most: entries were lost, or an old copy was restored"
            )
        return sealed

    def _submit(self, connection: psycopg.Connection, sealed: Sealed) -> httpx.Response:
        path = tree.consistency(connection, self._known, sealed.size) if self._known < sealed.size else []
        connection.rollback()
        body = witness.written(self._known, path, sealed.note)
        try:
            return self._client.post(f"{self._place.url}/add-checkpoint", content=body)
        except httpx.HTTPError as error:
            raise Trouble(str(error) or type(error).__name__) from None

    def _conflict(self, answer: httpx.Response, sealed: Sealed) -> None:
        text = answer.text.strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 20):
            raise Trouble(f"it answered 409 without a size: {text[:100]!r}")
        if int(text) == self._known == sealed.size:
            raise Inconsistent(f"the witness {self._name} has signed another root for the first {sealed.size} entries")
        self._known = int(text)

    def _take(self, connection: psycopg.Connection, sealed: Sealed, answer: httpx.Response) -> None:
        if answer.status_code == 422:
            raise Inconsistent(
                f"the witness {self._name} finds that the head of {sealed.size} entries doesn't continue the "
                f"{self._known} entries that it has signed"
            )
        if answer.status_code != 200:
            raise Trouble(f"it answered {answer.status_code}: {answer.text[:200].strip()}")
        try:
            lines = witness.answered(answer.text, self._place.keys, notes.parse(sealed.note))
        except NoteError as error:
            raise Trouble(f"its answer can't be used: {error}") from None
        if not lines:
            raise Trouble("its answer has no signature by a key that is configured for it")
        for key, line in lines:
            tree.keep_cosignature(connection, sealed.size, key, line.line)
        self._known = sealed.size

    @property
    def _name(self) -> str:
        return self._place.keys[0].name

    def run(self, stop: threading.Event, every_seconds: float) -> None:
        """Until `stop` is set."""
        self._pause = every_seconds
        while not stop.wait(self._pause):
            try:
                with psycopg.connect(self._dsn, application_name="crowdledger cosigner") as connection:
                    self._while_it_goes(connection, stop, every_seconds)
            except psycopg.OperationalError as error:
                _log.warning("cosigning_waits", witness=self._name, reason=str(error).strip())
            except (psycopg.Error, tree.Damaged) as error:
                self._pause = _PAUSE_MAX_SECONDS
                _log.exception("cosigning_failed", witness=self._name, reason=str(error).strip())
            except Trouble as error:
                self._pause = min(self._pause * 2, _PAUSE_MAX_SECONDS)
                _log.warning("witness_trouble", witness=self._name, url=self._place.url, reason=str(error),
                             wait_seconds=self._pause)  # fmt: skip

    def _while_it_goes(self, connection: psycopg.Connection, stop: threading.Event, every_seconds: float) -> None:
        while not stop.wait(every_seconds):
            try:
                self.once(connection)
                self._pause = every_seconds
            except Inconsistent as error:
                connection.rollback()
                size = sealed.size if (sealed := tree.latest(connection)) else 0
                sealer.stop(connection, size, f"{error}.", clock.now())
                self._known = 0


class Cosigners:
    """All witnesses of a log, a thread each."""

    def __init__(self, dsn: str, places: Iterable[Place], *, every_seconds: float = 1.0) -> None:
        self._stop = threading.Event()
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS)
        self._threads: Sequence[threading.Thread] = [
            threading.Thread(
                target=Cosigner(dsn, each, self._client).run,
                args=(self._stop, every_seconds),
                name=f"witness {each.url}",
                daemon=True,
            )
            for each in places
        ]

    def start(self) -> Self:
        """Begin; returns itself."""
        for each in self._threads:
            each.start()
        return self

    def stop(self) -> None:
        """End. A witness that is being asked is not waited for: it can be asked again."""
        self._stop.set()
        for each in self._threads:
            each.join(1.0)
        self._client.close()
