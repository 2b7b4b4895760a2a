# Two commands do everything: `make report` and `make test`. Each sets up what it needs first.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
AREA    ?= E08000026
ENGINE  ?= auto

export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup report test lint format bench serve lock clean

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The environment is made anew only when the lock or the package's metadata change.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) was not found; install Python 3.11 or set PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(READY) ## Make the virtual environment from requirements.lock

report: $(READY) ## Build the report: make report AREA=E08000026 EDITION=2026 ENGINE=auto
	$(BIN)/jsna refresh --area $(AREA) $(if $(EDITION),--edition $(EDITION)) --engine $(ENGINE)

test: $(READY) ## Run every test
	$(BIN)/python tests/support/system_packages.py
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

lint: $(READY) ## Format check, lint, types, layers, stripped notebooks, and all that is declared
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/jsna notebooks check
	$(BIN)/jsna check

format: $(READY) ## Format the code and strip the notebooks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/jsna notebooks strip

bench: $(READY) ## Measure a refresh against a peer and a floor, and all that is less: make bench BEFORE=REF
	$(BIN)/python benchmarks/working_day.py $(if $(BEFORE),--before $(BEFORE))

serve: $(READY) ## Leave a Prefect server running on loopback, so that refreshes start at once
	$(BIN)/jsna serve

lock: $(READY) ## Compile requirements.lock from pyproject.toml (maintainers; needs uv)
	uv pip compile pyproject.toml --extra test --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## Remove the environment and caches; runs and state stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
