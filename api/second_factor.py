"""Time-based codes (RFC 6238) and the recovery codes beside them: pure."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno

DIGITS: Final = 6
STEP_SECONDS: Final = 30
STEPS_ASIDE: Final = 1  # a clock may be half a minute off, and typing takes time (RFC 6238, 5.2)
SECRET_CHARACTERS: Final = 32  # 160 bits, as long as the hash (RFC 4226, 4)
RECOVERY_CODES: Final = 10
_ALPHABET: Final = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that is mistaken for something else
_RECOVERY_CHARACTERS: Final = 12  # 58 bits


def new_secret() -> str:
    """A fresh secret, in base32."""
    return pyotp.random_base32(SECRET_CHARACTERS)


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step that a code is of; None where it is wrong, or not of a later step than the last one taken."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    clock = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    fitting = None
    for step in range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1):
        right = hmac.compare_digest(clock.generate_otp(step), code)
        if right and step > last_step:
            fitting = step
    return fitting


def address(secret: str, name: str, issuer: str) -> str:
    """The `otpauth:` address that an authenticator reads from the QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=issuer)


def drawn(text: str) -> str:
    """A QR code as SVG without styles. Black on white in every theme: that is what cameras read."""
    return segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )


def recovery_codes() -> list[str]:
    """Ten fresh ones, in groups of four characters."""
    return [_grouped("".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_CHARACTERS)))
            for _ in range(RECOVERY_CODES)]  # fmt: skip


def plain(code: str) -> str:
    """A code as it was typed, without spaces and dashes, in small letters."""
    return "".join(each for each in code.lower() if not each.isspace() and each != "-")


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
