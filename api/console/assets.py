"""Static files: each has an address with a hash of its content, so that a browser may keep it for ever."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.problems import Problem

FOLDER: Final = Path(__file__).parent.parent / "static"
PREFIX: Final = "/console/static"
ROUTE: Final = PREFIX + "/{digest}/{name:path}"
# One sheet of several files, so that each stays readable. Tabler lies under it where it was installed: in a layer,
# which everything outside of layers overrides, and which a browser too old for Tabler leaves out.
SHEET: Final = "console.css"
SHEET_PARTS: Final = (
    "tokens.css",
    "base.css",
    "shell.css",
    "queue.css",
    "alert.css",
    "cases.css",
    "charts.css",
    "desk.css",
    "rules.css",
    "platforms.css",
    "verify.css",
    "flow.css",
    "platform.css",
    "door.css",
    "investor.css",
)
OWN: Final = (
    "dark.css",
    "console.js",
    "charts.js",
    "rules.js",
    "icon.svg",
    "verify.js",
    "flow.js",
    "platform.js",
    "own.js",
)
# Installed from package-lock.json by ops/assets.py; what pages need of it, and no more.
VENDOR: Final = (
    "vendor/htmx.js",
    "vendor/htmx-sse.js",
    "vendor/tabler.css",
    "vendor/echarts.js",
    "vendor/cytoscape.js",
)
DIGEST_LENGTH: Final = 16
FOR_EVER: Final = "public, max-age=31536000, immutable"
MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

_log = structlog.get_logger(__name__)


class Asset(NamedTuple):
    """A file in memory: all of them together are a few megabytes."""

    digest: str
    media_type: str
    content: bytes
    zipped: bytes


class Assets:
    """The files that pages refer to, read once at the start."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._assets: dict[str, Asset] = {name: _read(folder / name) for name in OWN}
        absent = [name for name in VENDOR if not (folder / name).is_file()]
        self._assets |= {name: _read(folder / name) for name in VENDOR if name not in absent}
        self._assets[SHEET] = self._sheet(folder)
        if absent:
            _log.warning("browser_files_absent", files=absent, remedy="python -I ops/assets.py installs them")

    def url(self, name: str) -> str | None:
        """The address of a file; None where it was not installed, and the page does without."""
        asset = self._assets.get(name)
        return f"{PREFIX}/{asset.digest}/{name}" if asset else None

    def _sheet(self, folder: Path) -> Asset:
        tabler = self.url("vendor/tabler.css")
        beneath = [f'@import url("{tabler}") layer(tabler);\n'.encode()] if tabler else []
        return _asset(b"".join([*beneath, *((folder / name).read_bytes() for name in SHEET_PARTS)]), ".css")

    @property
    def names(self) -> Mapping[str, Asset]:
        """What is served."""
        return self._assets

    async def serve(self, request: Request) -> Response:
        """One file. An address with an old hash still gets the present content, but nobody keeps that."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise Problem("not_found", "there is no such file.")
        fresh = request.path_params["digest"] == asset.digest
        headers = {
            "Cache-Control": FOR_EVER if fresh else "no-cache",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Vary": "Accept-Encoding",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.zipped, headers=headers, media_type=asset.media_type)
        return Response(asset.content, headers=headers, media_type=asset.media_type)


def _read(path: Path) -> Asset:
    beside = path.with_name(f"{path.name}.gz")
    return _asset(path.read_bytes(), path.suffix, beside.read_bytes() if beside.is_file() else None)


def _asset(content: bytes, suffix: str, zipped: bytes | None = None) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
    return Asset(digest, MEDIA_TYPES[suffix], content, zipped or gzip.compress(content, 9, mtime=0))
