"""What the Makefile stands on: locks without hosts, a set-up that is silent on stdout, browser files from any npm."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops import assets, bootstrap

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_versions_and_hashes_and_no_host_or_path(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    for line in filter(None, text.splitlines()):
        assert re.match(r"[a-z0-9.-]+==\S+( ;.*)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line), line


def test_the_whole_environment_holds_the_running_one() -> None:
    def pinned(name: str) -> set[str]:
        lines = (ROOT / "locks" / name).read_text(encoding="utf-8").splitlines()
        return {line.rstrip(" \\") for line in lines if "==" in line}

    assert pinned("run.txt") <= pinned("dev.txt")


def test_the_npm_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_each_browser_file_comes_from_a_locked_package() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for source in assets.FILES.values():
        assert f"node_modules/{assets._package_of(source)}" in locked


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node_modules of small stand-ins, and a vendor folder beside it."""
    folder = tmp_path / "node_modules"
    for source in assets.FILES.values():
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        (folder / source).write_text(f"/* {source} */")
        package = folder / assets._package_of(source)
        (package / "package.json").write_text('{"version": "1.2.3"}')
        (package / "LICENSE").write_text("MIT")
    monkeypatch.setattr(assets, "MODULES", folder)
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    return folder


def test_copies_each_file_with_its_gzip_licence_and_digest(modules: Path) -> None:
    assets.copy()
    vendor = modules.parent / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text())
    assert set(manifest) == set(assets.FILES)
    for name in assets.FILES:
        assert (vendor / name).exists()
        assert (vendor / f"{name}.gz").exists()
        assert manifest[name]["version"] == "1.2.3"
        assert manifest[name]["integrity"].startswith("sha384-")
    assert (vendor / "tabler-core.LICENSE.txt").exists()
    first = {path.name: path.read_bytes() for path in vendor.iterdir()}
    assets.copy()
    assert {path.name: path.read_bytes() for path in vendor.iterdir()} == first


def test_a_second_run_asks_npm_for_nothing(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(assets, "find_npm", lambda: ["npm"])
    monkeypatch.setattr(assets.subprocess, "run", run)
    assert assets.ensure()
    assert not assets.ensure()
    assert len(calls) == 1


def test_no_npm_at_all_asks_for_the_package_that_brings_one(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda _name: None)
    assert assets.main() == bootstrap.NPM_MISSING == assets.NPM_MISSING


def test_a_failing_npm_fails_the_set_up_with_its_reason(
    modules: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "find_npm", lambda: ["false"])
    assert assets.main() == 1
    assert "npm ci failed" in capsys.readouterr().err
    assert not (modules.parent / "vendor" / ".stamp").exists()


def test_the_set_up_says_nothing_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    bootstrap.say("words")
    assert bootstrap._run([sys.executable, "-c", "print('more words')"])
    out, err = capfd.readouterr()
    assert (out, err.split()) == ("", ["words", "more", "words"])


def test_an_environment_is_installed_once_per_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv, lock = tmp_path / ".venv", tmp_path / "dev.txt"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    lock.write_text("a==1")
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(bootstrap, "LOCKS", {"dev": lock, "run": lock})
    monkeypatch.setattr(bootstrap, "_venv_works", lambda: True)
    monkeypatch.setattr(bootstrap, "_install", lambda *arguments: installed.append(arguments))
    (tmp_path / "pyproject.toml").touch()
    for group in ("dev", "dev", "run"):
        bootstrap.ensure(group)
    assert len(installed) == 2, "the packages and the checkout itself, once"
    lock.write_text("a==2")
    bootstrap.ensure("dev")
    assert len(installed) == 4


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bootstrap, "VENV", Path(sys.prefix))
    assert bootstrap._venv_works()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    assert not bootstrap._venv_works()
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "gone")
    assert not bootstrap._venv_works()


def test_make_help_lists_the_targets() -> None:
    if shutil.which("make") is None:
        pytest.skip("no make on this machine")
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "check", "bench", "lock", "clean"):
        assert f"make {target}" in text
