"""Every setting with its type, default and environment name; frozen, read once at the start of a process."""

from __future__ import annotations

import hashlib
import hmac
import os
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ops import keyfile
from ops.doors import Doors
from ops.keyfile import SettingsError
from ops.sign_in import SignIn

POSTGRES_URL_SCHEMES = ("postgresql://", "postgres://")
PORT_MAX = 65535

__all__ = ["Settings", "SettingsError"]


@dataclass(frozen=True)
class Settings:
    """What a process was told from outside. Secrets are made on first use and never shown by repr()."""

    data_dir: Path
    database_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    secret_key: str | None = field(default=None, repr=False)
    postgres_parameters: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "Asia/Shanghai"  # that people are shown times in
    retention_years: Mapping[str, int] = field(default_factory=dict)  # by jurisdiction; `*`: all others
    log_origin: str | None = None  # the name under which tree heads are signed; None: the one in use, else one is made
    webhook_hosts: frozenset[str] = frozenset()  # `host` or `host:port` that webhooks may go to though not public https
    smtp_url: str | None = field(default=None, repr=False)
    smtp_from: str = "crowdledger@localhost"
    public_url: str | None = None  # under which people reach the console; links in messages begin with it
    goaml_profile: Path | None = None  # country profile of case exports, TOML
    goaml_schema: Path | None = None  # what they are checked against
    sign_in: SignIn = field(default_factory=SignIn)  # second factors, identity provider
    witnesses: Path | None = None  # a file in the form of C2SP tlog-policy; None: `witnesses` in the data folder

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises SettingsError where a value can't be used."""
        env = os.environ if environ is None else environ
        return cls(
            data_dir=Path(env.get("CROWDLEDGER_DATA_DIR") or "var").expanduser().absolute(),
            database_url=_database_url(env.get("CROWDLEDGER_DATABASE_URL")),
            host=env.get("CROWDLEDGER_HOST") or "127.0.0.1",
            port=_port(env.get("CROWDLEDGER_PORT") or "8000"),
            secret_key=env.get("CROWDLEDGER_SECRET_KEY") or None,
            postgres_parameters=_parameters(env.get("CROWDLEDGER_POSTGRES_PARAMETERS") or ""),
            time_zone=_time_zone(env.get("CROWDLEDGER_TIME_ZONE") or "Asia/Shanghai"),
            retention_years=_years(env.get("CROWDLEDGER_RETENTION_YEARS") or ""),
            log_origin=_origin(env.get("CROWDLEDGER_LOG_ORIGIN")),
            webhook_hosts=frozenset((env.get("CROWDLEDGER_WEBHOOK_HOSTS") or "").replace(",", " ").split()),
            smtp_url=_smtp_url(env.get("CROWDLEDGER_SMTP_URL")),
            smtp_from=env.get("CROWDLEDGER_SMTP_FROM") or "crowdledger@localhost",
            public_url=env.get("CROWDLEDGER_PUBLIC_URL") or None,
            goaml_profile=_path(env.get("CROWDLEDGER_GOAML_PROFILE")),
            goaml_schema=_path(env.get("CROWDLEDGER_GOAML_SCHEMA")),
            sign_in=SignIn.load(env),
            witnesses=Path(path).expanduser().absolute() if (path := env.get("CROWDLEDGER_WITNESSES")) else None,
        )

    def secret(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, derived from the master: knowing one tells nothing about another."""
        return hmac.digest(self._master(), b"crowdledger/v1/" + purpose.encode(), hashlib.sha256)

    def doors(self) -> Doors:
        """Where notifications may go."""
        return Doors(self.webhook_hosts, self.smtp_url, self.smtp_from, self.public_url)

    def goaml(self) -> tuple[str | None, Path | None]:
        """The text of the goAML profile, and the schema. Raises SettingsError where the file can't be read."""
        if self.goaml_profile is None:
            return None, self.goaml_schema
        try:
            return self.goaml_profile.read_text(encoding="utf-8"), self.goaml_schema
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"CROWDLEDGER_GOAML_PROFILE: {self.goaml_profile} can't be read: {error}") from None

    def checkpoint_seed(self) -> bytes:
        """The 32-byte Ed25519 seed that signs tree heads. Made at the first call, then for ever the same."""
        return keyfile.load_or_create(self.data_dir / "checkpoint.key")

    def checkpoint_ml_dsa_seed(self) -> bytes:
        """The 32-byte ML-DSA-44 seed that signs them as well."""
        return keyfile.load_or_create(self.data_dir / "checkpoint-ml-dsa.key")

    def _master(self) -> bytes:
        if self.secret_key is not None:
            return hashlib.sha256(self.secret_key.encode()).digest()
        return keyfile.load_or_create(self.data_dir / "secret.key")


def _database_url(value: str | None) -> str | None:
    if not value:
        return None
    if value.startswith(POSTGRES_URL_SCHEMES) or "=" in value:
        return value
    raise SettingsError(
        "CROWDLEDGER_DATABASE_URL is not a PostgreSQL address. "
        "Write it as postgresql://user:password@host:5432/database, or unset it to use the embedded PostgreSQL."
    )


def _smtp_url(value: str | None) -> str | None:
    if not value:
        return None
    if value.startswith(("smtps://", "smtp+starttls://", "smtp://")) and urlsplit(value).hostname:
        return value
    raise SettingsError(
        "CROWDLEDGER_SMTP_URL is no mail relay. Write it as smtps://user:password@host, smtp+starttls://host:587, or "
        "smtp://localhost:25 for a relay on the same machine."
    )


def _path(value: str | None) -> Path | None:
    return Path(value).expanduser().absolute() if value else None


def _port(value: str) -> int:
    if value.isascii() and value.isdigit() and 0 <= int(value) <= PORT_MAX:
        return int(value)
    raise SettingsError(f"CROWDLEDGER_PORT is {value!r}, not a port. Give a number from 0 to {PORT_MAX}.")


def _time_zone(value: str) -> str:
    try:
        return zoneinfo.ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise SettingsError(
            f"CROWDLEDGER_TIME_ZONE is {value!r}, not a time zone. Write it as Asia/Shanghai or UTC."
        ) from None


def _origin(value: str | None) -> str | None:
    if not value:
        return None
    if len(value.encode()) < 256 and value.isprintable() and not any(each.isspace() or each == "+" for each in value):
        return value
    raise SettingsError(
        f"CROWDLEDGER_LOG_ORIGIN is {value!r}. Write a name of at most 255 bytes without spaces and plus signs, "
        "best the public address without its scheme: ledger.example.org/main."
    )


def _parameters(value: str) -> dict[str, str]:
    """Parse `name=value,name=value` for the embedded server."""
    pairs: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        name, equals, setting = part.partition("=")
        if not equals or not name.strip().replace("_", "").replace(".", "").isalnum():
            raise SettingsError(
                f"CROWDLEDGER_POSTGRES_PARAMETERS has {part!r}. Write name=value pairs with commas between them, "
                "for example shared_buffers=512MB,work_mem=64MB."
            )
        pairs[name.strip()] = setting.strip()
    return pairs


def _years(value: str) -> dict[str, int]:
    """Parse `CN=10,*=5`, or `5` for all."""
    years: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        name, equals, number = part.rpartition("=")
        place = name.strip() if equals else "*"
        if not number.strip().isdecimal() or not (place == "*" or (len(place) == 2 and place.isalpha())):
            raise SettingsError(
                f"CROWDLEDGER_RETENTION_YEARS has {part!r}. Write jurisdiction=years pairs with commas between them, "
                "for example CN=10,*=5."
            )
        years[place.upper()] = int(number)
    return years
