"""What all ways in share: from where somebody comes, what the browser is called, how a session begins."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import access
from api.access import Principal, session_cookie
from api.console import visits, ways
from api.console.shell import SECOND_FACTOR, SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.entrance import Entrance, Passed, Where

STEP_COOKIE: Final = "crowdledger_step"  # that the password was right, until the code is
_FAMILIES: Final = (  # the first that fits: most call themselves Chrome or Safari, too
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(user_agent: str) -> str:
    """`Firefox, Linux`: enough to know one's own browser by, and no more. Empty where neither is known."""
    found = (next((said for part, said in table if part in user_agent), "") for table in (_FAMILIES, _SYSTEMS))
    return ", ".join(filter(None, found))


def bound(visit: Visit) -> str:
    """What this browser is known by before there is a session; made where there is none."""
    return visit.request.cookies.get(VISIT_COOKIE) or access.new_token()


def where(entrance: Entrance, request: Request, bound: str) -> Where:
    """From where a request comes."""
    host = request.client.host if request.client else ""
    return entrance.where(host, browser_of(request.headers.get("user-agent", "")), bound)


def onwards(user: Principal, wanted: str) -> str:
    """Where to go after signing in: a page that this role may see, never another host, never the form again."""
    if ways.allowed(user.role, wanted) and not wanted.startswith(SIGN_IN) and "\\" not in wanted:
        return wanted
    return ways.home(user.role)


async def welcome(shell: Shell, visit: Visit, passed: Passed, wanted: str) -> Response:
    """Lead somebody in under the session's new token. A session that this browser had before ends."""
    if visit.token is not None:
        await shell.services.gate.sign_out(visit.token)
    user = await shell.services.gate.session(passed.token) or passed.principal
    answer = RedirectResponse(SECOND_FACTOR if user.must_enrol else onwards(user, wanted), 303)
    keep_session(visit.request, answer, passed.token, int(passed.length.total_seconds()))
    answer.delete_cookie(VISIT_COOKIE)
    answer.delete_cookie(STEP_COOKIE)
    return answer


def keep_session(request: Request, answer: Response, token: str, seconds: int | None) -> None:
    """The cookie of a session."""
    visits.set_cookie(request, answer, session_cookie(request.url.scheme), token, seconds)


def show(shell: Shell, visit: Visit, template: str, status: int = 200, **values: object) -> Response:
    """A page of somebody who has not come in: its forms are bound to this browser by a cookie of its own."""
    own = bound(visit)
    response = shell.render(visit, f"door/{template}", status, csrf=shell.services.gate.csrf(own), **values)
    visits.set_cookie(visit.request, response, VISIT_COOKIE, own, None)
    return response


def waiting(response: Response, wait: str) -> Response:
    """The same, with how many seconds to wait."""
    response.headers["Retry-After"] = wait
    return response


def with_next(address: str, wanted: str) -> str:
    """An address that remembers the page to lead to."""
    return f"{address}?{urlencode({'next': wanted})}" if wanted else address
