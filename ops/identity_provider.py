"""The identity provider over the network: discovery, keys, the code for a token, and whether that can be believed.

OpenID Connect Core 1.0 (3.1.3.7 says what to check), with PKCE (RFC 7636) and the issuer in the answer (RFC 9207).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import quote_plus

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from api.access import Role
from api.problems import Problem
from api.provider import Journey, Untrusted
from ops.keyfile import SettingsError
from ops.sign_in import ProviderSettings, check_address

DISCOVERY: Final = "/.well-known/openid-configuration"
REMEMBERED_SECONDS: Final = 3600.0
KEYS_ANEW_SECONDS: Final = 30.0  # an unknown key id asks for the keys again, but not with every request
TIMEOUT_SECONDS: Final = 10.0
SKEW_SECONDS: Final = 30
# Signatures that need the provider's private key. Neither `none`, nor HMAC under something that others know.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")

_log = structlog.get_logger(__name__)


class IdentityProvider:
    """api.provider.Provider. Safe to share between threads."""

    def __init__(
        self,
        settings: ProviderSettings,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._document: tuple[dict[str, Any], float] | None = None
        self._keys: tuple[KeySet, float] | None = None

    @property
    def issuer(self) -> str:
        """Who vouches."""
        return self._settings.issuer

    @property
    def roles(self) -> Mapping[str, Role]:
        """What the values of the claim mean here."""
        return self._settings.roles

    @property
    def role_claim(self) -> str:
        """Which claim tells the role."""
        return self._settings.role_claim

    def address(self, journey: Journey) -> str:
        """Where to send somebody."""
        return str(
            prepare_grant_uri(
                self._found()["authorization_endpoint"],
                client_id=self._settings.client_id,
                response_type="code",
                redirect_uri=journey.back,
                scope=self._settings.scopes,
                state=journey.state,
                nonce=journey.nonce,
                code_challenge=create_s256_code_challenge(journey.verifier),
                code_challenge_method="S256",
            )
        )

    def claims(self, journey: Journey, code: str) -> dict[str, Any]:
        """What the provider says. Raises Untrusted; Problem (503) where it does not answer."""
        token = self._token(journey, code)
        text = token.get("id_token")
        if not isinstance(text, str):
            raise Untrusted("the identity provider's answer has no id_token.")
        try:
            return self._believed(text, token, journey)
        except (JoseError, ValueError) as error:
            _log.warning("identity_refused", issuer=self.issuer, reason=f"{type(error).__name__}: {error}")
            raise Untrusted(f"the identity provider's answer can't be believed: {error}") from None

    def _token(self, journey: Journey, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": journey.back,
            "code_verifier": journey.verifier,
            "client_id": self._settings.client_id,
        }
        try:
            answer = httpx.post(
                self._found()["token_endpoint"], data=form, auth=self._own_proof(), timeout=TIMEOUT_SECONDS
            )
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise self._silent(error) from None
        if answer.is_server_error or not isinstance(found, dict):
            raise self._silent(ValueError(f"the token endpoint answers {answer.status_code}"))
        if not answer.is_success:
            raise Untrusted(f"the identity provider did not take the code: {found.get('error')}.")
        return found

    def _own_proof(self) -> httpx.Auth | None:
        """client_secret_basic, each part encoded as a form's (RFC 6749, 2.3.1)."""
        if self._settings.client_secret is None:
            return None
        return httpx.BasicAuth(quote_plus(self._settings.client_id), quote_plus(self._settings.client_secret))

    def _believed(self, text: str, token: Mapping[str, Any], journey: Journey) -> dict[str, Any]:
        try:
            decoded = jwt.decode(text, self._key_set(), algorithms=[*ALGORITHMS])
        except (JoseError, ValueError):  # the provider may have changed its keys since
            decoded = jwt.decode(text, self._key_set(anew=True), algorithms=[*ALGORITHMS])
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        params = {
            "nonce": journey.nonce,
            "client_id": self._settings.client_id,
            "access_token": token.get("access_token"),
        }
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(self._now().timestamp()), leeway=SKEW_SECONDS)
        return dict(claims)

    def _found(self) -> dict[str, Any]:
        """The provider's own description, remembered for an hour."""
        with self._lock:
            if self._document is None or self._document[1] < self._monotonic():
                self._document = (self._discovered(), self._monotonic() + REMEMBERED_SECONDS)
            return self._document[0]

    def _discovered(self) -> dict[str, Any]:
        document = self._get(self.issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self.issuer:
            raise self._silent(ValueError(f"it calls itself {document.get('issuer')!r}"))
        try:
            for each in _ENDPOINTS:
                check_address(each, str(document.get(each)))
        except SettingsError as error:
            raise self._silent(error) from None
        return document

    def _key_set(self, *, anew: bool = False) -> KeySet:
        address = self._found()["jwks_uri"]
        with self._lock:
            age = KEYS_ANEW_SECONDS if anew else REMEMBERED_SECONDS
            if self._keys is None or self._keys[1] + age < self._monotonic():
                self._keys = (KeySet.import_key_set(cast("KeySetSerialization", self._get(address))), self._monotonic())
            return self._keys[0]

    def _get(self, address: str) -> dict[str, Any]:
        try:
            found = httpx.get(address, timeout=TIMEOUT_SECONDS).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise self._silent(error) from None
        if not isinstance(found, dict):
            raise self._silent(ValueError("it answers no object"))
        return found

    def _silent(self, error: Exception) -> Problem:
        _log.warning("identity_provider_silent", issuer=self.issuer, reason=str(error))
        return Problem("unavailable", f"the identity provider {self.issuer} can't be reached, or answers nonsense.")
