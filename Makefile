# The front door. `make` lists every target; each sets up what it needs on a machine that has
# git, make and Python 3.11: uv comes from the package index into .uv/, the environment into .venv/.

PYTHON ?= python3
UV := .uv/bin/uv
BIN := .venv/bin
STAMP := .venv/.synced

.DEFAULT_GOAL := help
.PHONY: help setup check format test demo dev bench drill lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("authwright needs Python 3.11 or newer; set PYTHON=/path/to/python3") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet 'uv>=0.13,<0.14'

$(STAMP): $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --all-extras --all-groups --quiet --python $(PYTHON)
	@touch $(STAMP)

setup: $(STAMP)  ## set up .venv with everything

check: $(STAMP)  ## formatting, lint, types, import contracts, spelling
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/codespell

format: $(STAMP)  ## format the code and apply safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

test: $(STAMP)  ## every test this machine can run; ARGS=path narrows it
	$(BIN)/pytest -n auto $(ARGS)

demo: $(STAMP)  ## the whole story in a browser: identity provider, API and app
	$(BIN)/authwright demo $(ARGS)

dev: $(STAMP)  ## an identity provider, ready in a second, nothing to configure
	$(BIN)/authwright dev $(ARGS)

bench: $(STAMP)  ## measure; see benchmarks/README.md
	$(BIN)/python -m benchmarks $(ARGS)

drill: $(STAMP)  ## break things under load; see drills/README.md
	$(BIN)/python -m drills $(ARGS)

lock: $(UV)  ## renew uv.lock
	$(UV) lock

clean:  ## remove environments and caches
	rm -rf .venv .uv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis artifacts
