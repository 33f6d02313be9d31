"""Look at the console without a ledger: `python -m tests.api.console.show 8123`, then sign in as li.wei."""

from __future__ import annotations

import sys

import uvicorn

from tests.api.console import city, house, parts

if __name__ == "__main__":
    sys.stderr.write(f"li.wei, zhang.min (regulators) and shen.ji (auditor), password: {parts.PASSWORD}\n")
    uvicorn.run(house.app(city.built()), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
