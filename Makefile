# Chargehand: what a developer types. Everything a target needs is set up by itself, once.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SETUP := build/setup.stamp
PYTEST_WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup build demo test check fix lock bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SETUP) ## Make the virtual environment (done by the others when needed)

$(SETUP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(@D) && touch $@

build: $(SETUP) ## Build the browser bundles, if their sources changed
	$(BIN)/python tools/build_frontend.py

demo: build ## Start everything on this machine, with a simulated fleet
	$(BIN)/chargehand demo

test: build ## Run all tests, those with a real browser too if one can be had
	CHARGEHAND_TEST_BROWSER="$$($(BIN)/python tools/find_browser.py)" \
		$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal $(ARGS)

check: $(SETUP) ## Look for mistakes without running: style, types, floors, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	DJANGO_SETTINGS_MODULE=chargehand.project.settings \
		$(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run

fix: $(SETUP) ## Repair what can be repaired by machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Choose the newest versions that fit requirements/*.in and pin them with hashes (UPGRADE= keeps them)
	$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) -c requirements/runtime.txt requirements/dev.in -o requirements/dev.txt

UPGRADE ?= --upgrade
LOCK = uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

bench: build ## Measure; prints tables and writes build/bench/*.json
	for name in gateway history pricing watch invoices; do $(BIN)/python -m benchmarks.$$name || exit 1; done

clean: ## Remove what was built and the test database, not the data
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis src/chargehand/interfaces/ui/static/ui/dist \
		src/chargehand/domain/billing/documents/fonts
