"""Where each kind of user is at home, and the ways from there: what the navigation shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.access import Role
from api.console.words import N_

OFFICE: Final[tuple[Role, ...]] = ("regulator", "auditor")
PLATFORM: Final[tuple[Role, ...]] = ("platform",)
INVESTOR: Final[tuple[Role, ...]] = ("investor",)
ALL: Final[tuple[Role, ...]] = (*OFFICE, *PLATFORM, *INVESTOR)
ACCOUNT: Final = "/account"


class Way(NamedTuple):
    """A room that the navigation leads to."""

    path: str
    icon: str  # its name in templates/console/_icons.html
    label: str
    also: tuple[str, ...] = ()  # other addresses of the same room

    def leads_to(self, address: str) -> bool:
        """True where an address lies in this room."""
        return address.startswith((self.path, *self.also))


_OFFICE: Final = (
    Way("/console/overview", "overview", N_("Overview")),
    Way("/console/alerts", "alerts", N_("Alerts")),
    Way("/console/cases", "cases", N_("Cases"), ("/console/mutes", "/console/sanctions", "/console/subscriptions")),
    Way("/console/platforms", "platforms", N_("Platforms")),
    Way("/console/complaints", "comment", N_("Complaints")),
    Way("/console/find", "search", N_("Look up")),
    Way("/console/rules", "rules", N_("Rules")),
    Way("/console/log", "log", N_("Log")),
    Way("/console/deeds", "clock", N_("Who did what")),
)
WAYS: Final[Mapping[Role, tuple[Way, ...]]] = {
    "regulator": _OFFICE,
    "auditor": _OFFICE,
    "platform": (
        Way("/platform/overview", "overview", N_("Overview")),
        Way("/platform/held", "file", N_("Refused and parked")),
        Way("/platform/alerts", "alerts", N_("Alerts")),
        Way("/platform/keys", "key", N_("API keys")),
        Way("/platform/sandbox", "rules", N_("Sandbox")),
    ),
    "investor": (
        Way("/my/pledges", "money", N_("My money"), ("/my/loans",)),
        Way("/my/limits", "meter", N_("My limits")),
        Way("/my/complaints", "comment", N_("Complaints")),
        Way("/my/data", "file", N_("My data")),
    ),
}


def home(role: Role) -> str:
    """The first page of somebody who has signed in."""
    return _HOMES[role]


def allowed(role: Role, address: str) -> bool:
    """True where an address lies in the part of the console that is for this role, or is about oneself."""
    path = address.partition("?")[0]
    return path == ACCOUNT or path.startswith((f"{ACCOUNT}/", _PARTS[role]))


_HOMES: Final[Mapping[Role, str]] = {
    "regulator": "/console/overview",
    "auditor": "/console/overview",
    "platform": "/platform/overview",
    "investor": "/my/pledges",
}
_PARTS: Final[Mapping[Role, str]] = {
    "regulator": "/console/",
    "auditor": "/console/",
    "platform": "/platform/",
    "investor": "/my/",
}
