# Everything here needs Python >= 3.11 and make; the rest is installed into .venv from the files in locks/.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-detection lock format catalogues clean
MAKEFLAGS += --no-print-directory

ARGS ?=
SHARED := $(or $(CROWDLEDGER_SHARED_DATA),../shared/data)
SETS ?= $(SHARED)/aml/gentex $(SHARED)/aml/amlsim
BIN := .venv/bin

# The first Python that really runs and is new enough: version managers leave shims that exist and fail.
FIND_PYTHON = for p in "$$PYTHON" python3 python3.13 python3.12 python3.11 python3.14 python; do \
	[ -n "$$p" ] && "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v "$$p"; exit; }; \
	done; UV_PYTHON_DOWNLOADS=never uv python find '>=3.11' 2>/dev/null \
	|| { echo 'Python 3.11 or newer is needed. Install it, or name it: make $@ PYTHON=/path/to/python3' >&2; exit 1; }
SETUP = @py=$$($(FIND_PYTHON)) && "$$py" -I ops/bootstrap.py

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## a simulated market on 127.0.0.1:8000, with its console; ARGS="--exit --json" ends with a summary
	$(SETUP) run
	@$(BIN)/crowdledger demo $(ARGS)

test: ## the test suite; ARGS="-m ''" adds the slow tests, ARGS="tests/ledger -k pledge" picks some
	$(SETUP) dev
	@$(BIN)/python -m pytest $(or $(ARGS),-n 2 --dist loadfile)

check: ## format, lint, types, import rules, our own rules
	$(SETUP) dev
	@failed=; for each in 'ruff format --check .' 'ruff check .' mypy 'lint-imports --no-cache' 'python -m ops.tidy'; do \
		echo "--- $$each"; $(BIN)/$$each || failed="$$failed [$$each]"; done; \
	[ -z "$$failed" ] || { echo "make check failed:$$failed" >&2; exit 1; }

bench: ## the benchmark table, as text and as JSON; each figure beside its limit on this machine
	$(SETUP) run
	@$(BIN)/crowdledger bench all $(ARGS)

bench-detection: ## what the live rules find in labelled transfers, by night and looking back; SETS="folder ..." names others
	$(SETUP) run
	@$(BIN)/crowdledger bench detection $(SETS) $(ARGS)

format: ## rewrite the code in the house format
	$(SETUP) dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

catalogues: ## bring the console's message catalogues up to date; lists what still needs words
	$(SETUP) dev
	@$(BIN)/python -m ops.catalogues

lock: ## resolve the dependencies anew into locks/ and package-lock.json (needs uv and npm)
	@sh locks/relock.sh

clean: ## remove what was installed and built; the data folder var/ stays
	@rm -rf .venv .venv.lock node_modules api/static/vendor build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find ledger projections risk api ops tests -name __pycache__ -type d -prune -exec rm -rf {} +
