# Everything needs only Python 3.11, make and the package registries. `make help` lists the targets.
IS_3_11 := import sys; sys.exit(sys.version_info[:2] != (3, 11))
PYTHON ?= $(shell for name in python3.11 python3 python; do $$name -c '$(IS_3_11)' 2>/dev/null && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKED := --quiet --disable-pip-version-check --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help setup run stack test check bench chaos schemas lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# uv, itself from the locked file, installs in seconds what takes pip minutes; where it cannot reach the registry, pip may.
$(READY): requirements-dev.txt
	@$(or $(PYTHON),false) -c '$(IS_3_11)' || { echo "Python 3.11 is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install $(LOCKED) --no-deps -r $(VENV)/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --only-binary :all: -r requirements-dev.txt \
	  || $(BIN)/python -m pip install $(LOCKED) -r requirements-dev.txt
	@touch $(READY)

setup: $(READY) ## Build the virtual environment from the locked requirements

run: $(READY) ## Start everything, load five real campaigns, compare with the published figures, keep serving
	@PYTHONPATH=. exec $(BIN)/python -m deploy.embedded.run

stack: $(READY) ## Start everything with regions and no registrations; Ctrl-C stops it
	@PYTHONPATH=. exec $(BIN)/python -m deploy.embedded.stack

test: $(READY) ## Run every test on the real broker and ClickHouse engine
	@$(BIN)/python -m pytest

check: $(READY) ## Lint, types, import rules, generated files up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo
	@PYTHONPATH=. $(BIN)/python -m schemas.generate --check

schemas: $(READY) ## Write the generated JSON Schemas anew
	@PYTHONPATH=. $(BIN)/python -m schemas.generate

bench: $(READY) ## Measure: writes var/bench.json and prints a table
	@PYTHONPATH=. $(BIN)/python -m tests.bench

chaos: $(READY) ## Faults by seed under load, at most 15 minutes: CHAOS_SEED=, CHAOS_RUNS=; writes var/chaos.json
	@PYTHONPATH=. $(BIN)/python -m tests.chaos

lock: $(READY) ## Resolve requirements*.in anew, with hashes
	@for name in requirements requirements-dev requirements-bench; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-header --no-emit-index-url $$name.in -o $$name.txt; done

clean: ## Remove the virtual environment and the embedded stack's data
	@rm -rf $(VENV) .venv-bench var
