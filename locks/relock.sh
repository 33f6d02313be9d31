#!/bin/sh
# Resolves the dependencies of pyproject.toml and package.json anew, for Python 3.11 and newer on Linux and macOS.
# The files name no index and no path: whoever installs uses the index that the machine is set to.
set -eu
cd "$(dirname "$0")/.."

command -v uv >/dev/null || { echo "make lock needs uv. Install it, for example: pipx install uv" >&2; exit 1; }

compile() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$output" "$@"
}

compile locks/run.txt --group pyproject.toml:build pyproject.toml
compile locks/dev.txt --group pyproject.toml:build --group pyproject.toml:dev --constraint locks/run.txt pyproject.toml
compile locks/assets.txt --group pyproject.toml:assets
npm install --package-lock-only --omit-lockfile-registry-resolved

if grep -nE '(https?|file)://|^--|@ /' locks/*.txt || grep -n '"resolved"' package-lock.json; then
    echo "A lock file names a host or a path; see the lines above." >&2
    exit 1
fi
