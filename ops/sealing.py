"""Who signs tree heads, and what happens when sealing has to stop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, Final

import psycopg
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import badge, signing
from ledger.candidate import Answer
from ledger.events.alerts import AlertFound
from ledger.kernel.canonical import sha256
from ledger.notes import Note
from ledger.store import tree
from ledger.store.sealer import Signers, Stopped
from ops.keyfile import SettingsError
from ops.settings import Settings

RULE: Final = "T01-sealing-stopped"
_DETAIL_MAX: Final = 600
_log = structlog.get_logger(__name__)
Submit = Callable[[Sequence[dict[str, Any]]], Sequence[Answer]]


def signers(settings: Settings, dsn: str) -> Signers:
    """The keys of this log. Raises SettingsError where the origin that is set isn't the one that is in use."""
    with psycopg.connect(dsn) as connection:
        used = tree.origin(connection)
    wanted = settings.log_origin
    if used is not None and wanted is not None and used != wanted:
        raise SettingsError(
            f"CROWDLEDGER_LOG_ORIGIN is {wanted!r}, but this log has signed as {used!r}, and keeps that for life. "
            f"Unset it, or set it to {used!r}."
        )
    seed = settings.checkpoint_seed()
    return signing.of_log(used or wanted or _own_name(seed), seed, settings.checkpoint_ml_dsa_seed())


def sign_standing(settings: Settings, dsn: str, statement: dict[str, Any]) -> tuple[str, str]:
    """A signed note of a platform's standing, and the key that verifies it: the log's own, Ed25519."""
    signer = signers(settings, dsn)[0]
    text = badge.text(statement)
    return str(Note(text, (signer.sign(text, 0),))), str(signer.key)


def _own_name(seed: bytes) -> str:
    """A name that no other log has, so that a witness can tell two of them apart."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return f"crowdledger/{hashlib.sha256(public).hexdigest()[:16]}"


def raise_alert(submit: Submit, stopped: Stopped) -> bool:
    """Have a critical alert in the log; False where it couldn't be recorded now. Twice the same is recorded once."""
    try:
        (answer,) = submit([_finding(stopped)])
    except Exception as error:  # noqa: BLE001 - whatever it is, the stop holds, and the caller asks again
        _log.warning("alert_waits", rule=RULE, reason=str(error))
        return False
    if answer.status == "refused" and answer.code != "nothing_new":
        _log.error("alert_refused", rule=RULE, detail=answer.detail)
    return True


def _finding(stopped: Stopped) -> dict[str, Any]:
    """The finding of one stop; told twice, it is a duplicate."""
    time = stopped.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    reason = stopped.reason[:_DETAIL_MAX]
    data = {
        "rule": RULE,
        "version": 1,
        "key": {"stopped_at": time},
        "severity": "critical",
        "score": 1000,
        "window": {"first_day": time[:10], "last_day": time[:10]},
        "subject": [],
        "figures": {"size": stopped.size},
        "params": {},
        "evidence": [max(stopped.size, 1)],
        "evidence_count": 1,
        "reason": {
            "zh": f"账本已停止签署树头：规模为 {stopped.size} 的树头与此前签署或见证的历史不一致。{reason}",
            "en": f"Signing of tree heads has stopped: the head of {stopped.size} entries isn't consistent with "
            f"what was signed or witnessed before. {reason}",
        },
    }
    return {
        "specversion": "1.0", "id": f"{RULE}.{sha256(time.encode()).hex()[:32]}", "source": "system",
        "type": AlertFound.TYPE, "time": time, "data": data,
    }  # fmt: skip
