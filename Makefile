.DEFAULT_GOAL := help
.PHONY: help run worker test check unit slow browser format docs lock migration benchmark screenshots clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Python starts in a third of the time where it may keep byte code; tests start it hundreds of times.
unexport PYTHONDONTWRITEBYTECODE
# One version of the installer, so that two machines install alike.
UV_VERSION := 0.13.9
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Set everything up and open Maestro at http://localhost:8501
	$(BIN)/maestro serve

worker: $(VENV)/run.stamp ## Refresh without pages, for a machine of its own
	$(BIN)/maestro worker

test: check unit browser ## Set up, check and test everything

check: $(VENV)/development.stamp ## Format, lint, types, layers and generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m maestro_core.reports.measures --check docs/METRICS.md

unit: $(VENV)/development.stamp ## Run every test but the slow ones and those in a browser, on SQLite and PostgreSQL
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not browser and not slow"

slow: $(VENV)/development.stamp ## Run the tests of over ten seconds: killed workers, the making of the sample, long visits of pages
	$(BIN)/pytest -q -n 2 --dist worksteal -m "slow and not browser"
	$(BIN)/pytest -q -m "slow and browser" tests/browser

browser: $(VENV)/development.stamp ## Open every page in Chromium
	$(BIN)/pytest -q -n 2 --dist loadfile -m "browser and not slow" tests/browser

format: $(VENV)/development.stamp ## Put every file into the project's format
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

docs: $(VENV)/development.stamp ## Write docs/METRICS.md from the catalogue of measures
	$(BIN)/python -m maestro_core.reports.measures docs/METRICS.md

screenshots: $(VENV)/development.stamp ## Take docs/screenshots anew from the sample portfolio
	$(BIN)/python -m tests.browser.screenshots

benchmark: $(VENV)/development.stamp ## Measure every claim of speed, memory and skill
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

migration: $(VENV)/development.stamp ## Draft a migration from the models: make migration name="what changed"
	$(BIN)/python -m maestro_core.migrations.draft "$(name)"

lock: $(VENV)/uv.stamp ## Pin the newest versions that pyproject.toml allows
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --upgrade pyproject.toml -o requirements.txt
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --upgrade pyproject.toml --group dev -o requirements-dev.txt

clean: ## Remove what make installed; data/ stays
	rm -rf $(VENV)

$(VENV)/uv.stamp:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/run.stamp: requirements.txt pyproject.toml | $(VENV)/uv.stamp
	$(UV) pip install -q -r requirements.txt
	$(UV) pip install -q --no-deps -e .
	@touch $@

$(VENV)/development.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(UV) pip install -q -r requirements-dev.txt
	@touch $@
