# The two commands of a newcomer are `make demo` and `make test`; both set everything up.
# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python` decides otherwise.
PYTHON ?= $(or $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done),python3)
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input
MIN_BRANCH_PERCENT := 90
.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint types format hooks bench bench-memory bench-peers lock clean

help:  ## Show what can be made.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

# Both locks hold exact versions with hashes of everything, so pip resolves nothing (--no-deps): an older pip would take the newest
# release for a requirement with an extra (coverage[toml]) and refuse it. pip is quiet so that the demo's own output is what one sees.
$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "TrafficFlou needs Python 3.11 or newer; say which one with make PYTHON=/path/to/python")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing TrafficFlou into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) --require-hashes --no-deps -r requirements.txt
	@$(BIN)/python $(PIP_INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@$(BIN)/python $(PIP_INSTALL) --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.runtime  ## Learn from the demo shop's log, play 200 visitors for 30 s, show the report.
	@$(BIN)/trafficflou demo

test: $(VENV)/.dev  ## Run all tests; those that need nginx or Chromium say so where it is missing.
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The runner's own closing line stays the last one: the check of the branches speaks only where they are too few.
coverage: $(VENV)/.dev  ## Run all tests and measure which lines and branches they reach.
	@$(MAKE) --no-print-directory test PYTEST_ARGS="--cov --cov-report=term --cov-report=json:.coverage.json $(PYTEST_ARGS)"
	@$(BIN)/python .ci/check_branches.py .coverage.json $(MIN_BRANCH_PERCENT)

lint: $(VENV)/.dev  ## Check the format and the lint rules.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## Check types.
	$(BIN)/mypy

format: $(VENV)/.dev  ## Format and sort imports.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

hooks: $(VENV)/.dev  ## Check format, lint, types and layers before every commit.
	$(BIN)/pre-commit install

bench: $(VENV)/.dev  ## Compare the engine with wrk, hey, Locust and aiohttp, as far as they are installed.
	@$(BIN)/python -m benches.engine $(BENCH_ARGS)

bench-memory: $(VENV)/.dev  ## Measure the memory of 5,000 visitors at once.
	@$(BIN)/python -m benches.memory $(BENCH_ARGS)

bench-peers: benches/.venv/.done  ## Install Locust and aiohttp for `make bench`, apart from everything else.

benches/.venv/.done: benches/peers/requirements.txt
	@$(PYTHON) -m venv --clear benches/.venv
	@benches/.venv/bin/python $(PIP_INSTALL) -r benches/peers/requirements.txt
	@touch $@

lock: $(VENV)/.dev  ## Make the locked requirements anew (needs uv).
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra athena pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements-dev.txt

clean:  ## Remove the environments and caches.
	rm -rf $(VENV) benches/.venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
