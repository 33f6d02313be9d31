"""Sending: signed webhooks that reach public addresses only, and mail over TLS. Raises Undelivered, with the reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import smtplib
import socket
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import httpx

from ops.doors import Doors

TIMEOUT_SECONDS = 10.0
_GONE = 410
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out (IANA IPv6 address space)
_PORTS = {"https": 443, "http": 80}


class Undelivered(Exception):
    """It was not taken. `final`: to try again is of no use."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def secret_of(master: bytes, subscription: UUID) -> str:
    """A webhook's signing secret, in the form of Standard Webhooks. Derived, so it is stored nowhere."""
    return "whsec_" + base64.b64encode(hmac.digest(master, subscription.bytes, hashlib.sha256)).decode()


def signature(secret: str, id: str, timestamp: int, body: str) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over id, timestamp and body (Standard Webhooks 1.0)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def check_address(url: str, doors: Doors) -> SplitResult:
    """The parts of a webhook's address that may be used at all. Raises Undelivered; asks no name server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Undelivered(f"{url!r} is no address.", final=True) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password or parts.fragment:
        raise Undelivered("write the address as https://host/path, without a user.", final=True)
    if parts.scheme != "https" and not _allowed(parts.hostname, port or _PORTS[parts.scheme], doors):
        raise Undelivered("the address is not https; the operator may allow its host.", final=True)
    return parts


def post(doors: Doors, url: str, secret: str, id: str, timestamp: int, body: str) -> None:
    """Send a webhook. 2xx is delivered; a redirect is not followed; 410 ends it."""
    parts = check_address(url, doors)
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    # The address that was looked at is the one that is connected to: a name may point elsewhere a moment later.
    address = _resolve(host, port, anywhere=_allowed(host, port, doors))
    shown = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{shown}:{port}").geturl()
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "crowdledger-webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, id, timestamp, body),
    }
    try:
        with (
            httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", target, content=body.encode(), headers=headers, extensions={"sni_hostname": host}
            ) as answer,
        ):
            status = answer.status_code
    except httpx.HTTPError as error:
        raise Undelivered(f"{type(error).__name__}: {error}".strip(": ")) from None
    if not httpx.codes.is_success(status):
        raise Undelivered(f"it answered {status}", final=status == _GONE)


def _allowed(host: str, port: int, doors: Doors) -> bool:
    return host in doors.hosts or f"{host}:{port}" in doors.hosts


def _resolve(host: str, port: int, *, anywhere: bool) -> str:
    """An address of the host. Raises Undelivered where one of them is not public: then none is to be trusted."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise Undelivered(f"{host} can't be resolved: {error}") from None
    if not anywhere:
        for each in found:
            if not _is_public(ipaddress.ip_address(each.partition("%")[0])):
                raise Undelivered(f"{host} leads to {each}, which is not public; the operator may allow the host.")
    return min(found)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """True for what is reached over the internet, and is no other way to write an address within."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        # Elsewhere, and in 6to4, gateways read an IPv4 address that may be one of ours (RFC 6052, RFC 3056).
        if address not in _IPV6_UNICAST or address.sixtofour is not None:
            return False
    return address.is_global and not address.is_multicast


def send_mail(doors: Doors, message: EmailMessage) -> None:
    """Hand a mail to the relay of the settings. Refused recipients are final, everything else is tried again."""
    if doors.smtp_url is None:
        raise Undelivered("no mail relay is set: the operator sets CROWDLEDGER_SMTP_URL.")
    parts = urlsplit(doors.smtp_url)
    host, context = parts.hostname or "", ssl.create_default_context()
    try:
        with _relay(parts, host, context) as relay:
            if parts.scheme == "smtp+starttls":
                relay.starttls(context=context)
            if parts.username:
                relay.login(unquote(parts.username), unquote(parts.password or ""))
            relay.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise Undelivered(f"the relay refused the recipient: {codes}", final=min(codes, default=0) >= 500) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from None


def _relay(parts: SplitResult, host: str, context: ssl.SSLContext) -> smtplib.SMTP:
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)
