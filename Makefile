# Two commands matter: `make run` trains on real data, `make test` proves the whole house.
# Both make their own virtual environment; nothing heavy is installed before it is needed.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check

.PHONY: help run test check format definition bench clean

help: ## List the commands.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

run: $(VENV)/.local ## Turn the example issue into a registered model, on this machine.
	@$(PY) -m cli.main run examples/issues/penguins.md

test: $(VENV)/.dev ## Run every test.
	@$(PY) -m pytest

check: $(VENV)/.dev ## Formatting, lint, types and import rules.
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy contracts pipelines steps lambdas registry local cli
	@$(VENV)/bin/lint-imports --no-cache

format: $(VENV)/.dev ## Format and fix what can be fixed.
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

definition: $(VENV)/.dev ## Recompile the definition that ships with the package.
	@$(PY) -m pipelines.compiled_definition --write

bench: $(VENV)/.bench ## Measure the claims in benchmarks/.
	@$(PY) -m benchmarks.orchestration
	@$(PY) -m benchmarks.metaflow_side_by_side
	@$(PY) -m benchmarks.webhook
	@$(PY) -m benchmarks.loop

clean: ## Remove the virtual environment and the local home.
	rm -rf $(VENV) .issueops

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, found " + sys.version.split()[0] + "; set PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.local: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing what a local run needs into $(VENV) …"
	@$(PIP) install -q -c constraints.txt -e '.[local]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the development tools and the sagemaker SDK into $(VENV) (about 1 GB) …"
	@$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.local

$(VENV)/.bench: $(VENV)/bin/python pyproject.toml constraints.txt
	@$(PIP) install -q -c constraints.txt -e '.[bench]'
	@touch $@
