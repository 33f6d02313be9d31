"""Settings of coming in: who needs a second factor, and the identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

from api.access import USER_ROLES, Role
from ops.keyfile import SettingsError

OFFICE: Final = ("regulator", "auditor")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class ProviderSettings:
    """An OpenID Connect provider. `roles`: what the values of `role_claim` mean here."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scopes: str
    role_claim: str
    roles: Mapping[str, Role]


@dataclass(frozen=True)
class SignIn:
    """How people come in."""

    require_totp: frozenset[Role] = frozenset()
    provider: ProviderSettings | None = None
    links_show_all: bool = False  # else what the platform that made the link has of the investor itself

    @classmethod
    def load(cls, env: Mapping[str, str]) -> SignIn:
        """Read the environment. Raises SettingsError."""
        return cls(
            _required(env.get("CROWDLEDGER_REQUIRE_TOTP") or ""),
            _provider(env),
            links_show_all=_all_or_own(env.get("CROWDLEDGER_LINKS_SHOW") or "own"),
        )


def _all_or_own(value: str) -> bool:
    if value not in {"all", "own"}:
        raise SettingsError(
            f"CROWDLEDGER_LINKS_SHOW is {value!r}. Write own: an investor's link shows what she has on the platforms "
            "whose links she used; or all: each link shows everything, also to a platform that opens its own."
        )
    return value == "all"


def _required(value: str) -> frozenset[Role]:
    roles = {part.strip() for part in value.split(",")} - {""}
    if unknown := roles - {*USER_ROLES}:
        raise SettingsError(
            f"CROWDLEDGER_REQUIRE_TOTP has {min(unknown)!r}. Write roles of {', '.join(USER_ROLES)} with commas "
            "between them, for example regulator,auditor."
        )
    return frozenset(cast("set[Role]", roles))


def _provider(env: Mapping[str, str]) -> ProviderSettings | None:
    issuer, client_id = env.get("CROWDLEDGER_OIDC_ISSUER"), env.get("CROWDLEDGER_OIDC_CLIENT_ID")
    if not issuer and not client_id:
        return None
    if not issuer or not client_id:
        raise SettingsError("CROWDLEDGER_OIDC_ISSUER and CROWDLEDGER_OIDC_CLIENT_ID are set together, or not at all.")
    check_address("CROWDLEDGER_OIDC_ISSUER", issuer)
    return ProviderSettings(
        issuer=issuer,
        client_id=client_id,
        client_secret=env.get("CROWDLEDGER_OIDC_CLIENT_SECRET") or None,
        scopes=_scopes(env.get("CROWDLEDGER_OIDC_SCOPES") or "openid profile"),
        role_claim=env.get("CROWDLEDGER_OIDC_ROLE_CLAIM") or "roles",
        roles=_roles(env.get("CROWDLEDGER_OIDC_ROLES") or ""),
    )


def check_address(what: str, address: str) -> None:
    """Raises SettingsError for what is no https address; plain http is for this very machine alone."""
    parts = urlsplit(address)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return
    raise SettingsError(f"{what} is {address!r}. Write an https address; http is taken for this machine alone.")


def _scopes(value: str) -> str:
    scopes = value.replace(",", " ").split()
    return " ".join(scopes if "openid" in scopes else ["openid", *scopes])


def _roles(value: str) -> dict[str, Role]:
    """Parse `supervision-officer=regulator,audit=auditor`; the order counts where somebody has several."""
    roles: dict[str, Role] = {}
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        claimed, equals, role = (each.strip() for each in part.rpartition("="))
        if not equals or not claimed or role not in OFFICE:
            raise SettingsError(
                f"CROWDLEDGER_OIDC_ROLES has {part!r}. Write value=role pairs with commas between them, a role being "
                "regulator or auditor, for example supervision-officer=regulator,audit=auditor."
            )
        roles[claimed] = cast("Role", role)
    if not roles:
        raise SettingsError(
            "CROWDLEDGER_OIDC_ROLES is empty, so nobody could sign in by the identity provider. Say which of its roles "
            "is which, for example supervision-officer=regulator,audit=auditor."
        )
    return roles
