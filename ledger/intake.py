"""Bytes in, candidates out: strict decoding of CloudEvents, canonical form, content hash, personal data taken aside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from ledger import identity
from ledger.candidate import Candidate, Rejected
from ledger.events import catalogue
from ledger.events.corrections import EventCorrected
from ledger.kernel.canonical import MAX_SAFE_INTEGER, canonical, canonical_without_floats, sha256
from ledger.kernel.refusals import Code
from ledger.recorded import BODY_BYTES_MAX, scope_of

# Clocks of platforms drift; further ahead than this is a mistake (NTP keeps a machine within a second).
CLOCK_SKEW = timedelta(minutes=5)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_ID = re.compile(r"[\x21-\x7e]{1,128}")
_SOURCE = re.compile(r"platform:[A-Za-z0-9._:-]{1,128}|registry|system")
_EXTENSION = re.compile(r"[a-z0-9]{1,20}")
_CORE = frozenset({"specversion", "id", "source", "type", "time", "data"})
_OPTIONAL = frozenset({"datacontenttype", "dataschema", "subject"})
_loads = msgspec.json.Decoder().decode
_MOMENT: msgspec.json.Decoder[datetime] = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)])


class Intake:
    """Decodes what senders send. Pure but for the key it holds, so that identities can be hashed on the way in."""

    def __init__(self, identity_key: bytes) -> None:
        self._key = identity_key

    def decode(
        self, raw: bytes | dict[str, Any], sources: frozenset[str] | None, now: datetime, asker: str | None = None
    ) -> Candidate | Rejected:
        """One event, from JSON bytes or a decoded object. `sources` are those the sender may use (None: any).

        `asker`, the id of a key or an account, is kept in corrections: who asked for one can't approve it.

        Never raises for bad input: what can't be a candidate comes back as Rejected with a code and the way out.
        """
        sent = raw if isinstance(raw, bytes) else b""
        event: Any = None
        try:
            event = _loads(raw) if isinstance(raw, bytes) else raw
            return self._candidate(event, sources, now, asker)
        except _Bad as bad:
            code, detail = bad.code, bad.detail
        except RecursionError:
            code, detail = Code.MALFORMED, "nested too deeply."
        except (msgspec.MsgspecError, ValueError) as error:  # UnicodeDecodeError is a ValueError
            code, detail = Code.MALFORMED, f"{error}"
        return _rejected(event, code, detail, sent, sources)

    def _candidate(self, event: Any, sources: frozenset[str] | None, now: datetime, asker: str | None) -> Candidate:
        if type(event) is not dict:
            raise _Bad(Code.MALFORMED, "an event is a JSON object (CloudEvents 1.0).")
        kind, name, source = _envelope(event)
        happened_at = _happened_at(event["time"])
        sent_data = event["data"]
        try:
            data = catalogue.convert(kind, sent_data)
        except KeyError:
            raise _Bad(Code.UNKNOWN_TYPE, f"there is no event type {kind!r}; GET /v1/schemas lists them.") from None
        catalogue.check(data, happened_at)
        if sources is not None and source not in sources:
            allowed = ", ".join(sorted(sources)) or "none"
            raise _Bad(Code.SOURCE_NOT_YOURS, f"this key may send {allowed}, not {source!r}.")
        if happened_at > now + CLOCK_SKEW:
            raise _Bad(Code.TIME_IN_FUTURE, f"time {event['time']} is ahead of {now.isoformat(timespec='seconds')}.")
        # Every number has passed the type's check; only metrics may hold floats.
        body = canonical(event) if kind == "platform.reported" else canonical_without_floats(event)
        personal, content_hash = None, sha256(body)
        if kind == "party.registered":
            personal, content_hash, event = self._set_aside(event, body)
            if personal is not None:
                body = canonical(event)
                data = catalogue.decode_body(body)
        elif kind == EventCorrected.TYPE and asker is not None:
            body = canonical(event | {"data": catalogue.with_asker(sent_data, asker)})
            data = catalogue.decode_body(body)
        if len(body) > BODY_BYTES_MAX:
            raise _Bad(
                Code.MALFORMED,
                f"the event has {len(body)} bytes as canonical JSON, {BODY_BYTES_MAX} fit into a log entry; "
                "say it in several events, or keep the text elsewhere and send its digest.",
            )
        scope = scope_of(source)
        return Candidate(
            source, scope, name, kind, happened_at, data, body, content_hash,
            catalogue.references(scope, data), personal,
        )  # fmt: skip

    def _set_aside(self, event: dict[str, Any], body: bytes) -> tuple[bytes | None, bytes, dict[str, Any]]:
        """Personal data apart, the content hash keyed (a plain one could be searched for a number), the rest."""
        sent = event["data"]
        redacted = catalogue.redact(sent, lambda scheme, number: identity.person(self._key, scheme, number))
        if redacted == sent:
            return None, sha256(body), event
        aside = {field: sent[field] for field in ("name", "identity") if field in sent and field not in redacted}
        return msgspec.json.encode(aside), identity.keyed_hash(self._key, body), {**event, "data": redacted}


def as_sent(candidate: Candidate) -> bytes:
    """The canonical body with what had been set aside put back: how the sender wrote it, for the sender alone."""
    if candidate.personal is None:
        return candidate.body
    event = _loads(candidate.body)
    sent = {**event["data"], **_loads(candidate.personal)}
    sent.pop("person", None)
    return canonical({**event, "data": sent})


class _Bad(Exception):
    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def _envelope(event: dict[str, Any]) -> tuple[str, str, str]:
    """(type, id, source), after every attribute was looked at."""
    if not event.keys() >= _CORE:
        raise _Bad(Code.MALFORMED, f"missing: {', '.join(sorted(_CORE - event.keys()))}.")
    if event["specversion"] != "1.0":
        raise _Bad(Code.MALFORMED, 'specversion must be "1.0".')
    kind, name, source = event["type"], event["id"], event["source"]
    if type(name) is not str or not _ID.fullmatch(name):
        raise _Bad(Code.MALFORMED, "id must be 1 to 128 printable ASCII characters without spaces.")
    if type(source) is not str or not _SOURCE.fullmatch(source):
        raise _Bad(Code.MALFORMED, "source must be `platform:<id>` or `registry`.")
    if type(kind) is not str:
        raise _Bad(Code.MALFORMED, "type must be a string.")
    if len(event) > len(_CORE):
        _attributes(event)
    return kind, name, source


def _attributes(event: dict[str, Any]) -> None:
    for name in event.keys() - _CORE:
        value = event[name]
        if name not in _OPTIONAL and not _EXTENSION.fullmatch(name):
            raise _Bad(Code.MALFORMED, f"{name!r} is no CloudEvents attribute; facts go under `data`.")
        if type(value) not in {str, int, bool}:
            raise _Bad(Code.MALFORMED, f"attribute {name!r} must be a string, an integer or a boolean.")
        if type(value) is int and abs(value) > MAX_SAFE_INTEGER:
            raise _Bad(Code.MALFORMED, f"attribute {name!r} is beyond {MAX_SAFE_INTEGER}.")
    if event.get("datacontenttype", "application/json") != "application/json":
        raise _Bad(Code.MALFORMED, "datacontenttype must be application/json.")


def _happened_at(text: Any) -> datetime:
    if type(text) is not str or '"' in text or "\\" in text:
        raise _Bad(Code.MALFORMED, "time must be an RFC 3339 string with an offset.")
    try:
        happened_at = _MOMENT.decode(f'"{text}"').astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise _Bad(Code.MALFORMED, f"time {text[:40]!r} is not an RFC 3339 time with an offset.") from None
    if happened_at < _EARLIEST:
        raise _Bad(Code.MALFORMED, "time is before 1970.")
    return happened_at


def _rejected(event: Any, code: Code, detail: str, sent: bytes, sources: frozenset[str] | None) -> Rejected:
    """Kept under the sender's own source, whatever the event claimed: a stranger's refusals are not the victim's."""
    claimed = event if type(event) is dict else {}
    name, source = claimed.get("id"), claimed.get("source")
    own = source if isinstance(source, str) and (sources is None or source in sources) else None
    if own is None:
        own = min(sources) if sources else "unknown"
    raw = sent or _encode(event)
    return Rejected(own, name if isinstance(name, str) and _ID.fullmatch(name) else None, code, clean(detail), raw)


def _encode(event: Any) -> bytes:
    encoder: Callable[[Any], bytes] = msgspec.json.encode
    try:
        return encoder(event)
    except (TypeError, ValueError, RecursionError):
        return repr(event).encode("utf-8", "replace")


def clean(detail: str, most: int = 500) -> str:
    """A detail fit for a text column: no NUL, no lone surrogate, not longer than people read."""
    return detail.replace("\0", "\\0").encode("utf-8", "replace").decode()[:most]
