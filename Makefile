# `make` prints the targets. Continuous integration runs the same ones, through .ci/run.

PROGRAMS := .venv/bin
PYTEST_ARGUMENTS ?=

.PHONY: help setup run test lint types format access api labels-preview check-migrations locks soak wheel

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make or refresh .venv with everything for development
	python3 dev.py setup

run: ## serve a demo clinic at http://127.0.0.1:8000
	python3 dev.py run

test: ## run all tests in parallel on both databases (PYTEST_ARGUMENTS="-k recall")
	python3 dev.py test $(PYTEST_ARGUMENTS)

lint: ## ruff, import contracts, templates
	$(PROGRAMS)/ruff check .
	$(PROGRAMS)/ruff format --check .
	$(PROGRAMS)/lint-imports --no-logo
	$(PROGRAMS)/djlint --lint --quiet templates

types: ## mypy, strict
	$(PROGRAMS)/mypy

format: ## put Python code into its one shape
	$(PROGRAMS)/ruff check --fix .
	$(PROGRAMS)/ruff format .

access: ## renew docs/access.md from the declared permissions
	$(PROGRAMS)/python -m config.access_document

api: ## renew docs/api/openapi.json from the declared operations
	$(PROGRAMS)/python -m config.api_document

labels-preview: ## draw a label of each kind on each medium into docs/labels/
	$(PROGRAMS)/python -m docs.maintaining.preview_labels

check-migrations: ## models and migrations agree, guards are in place, on both databases
	$(PROGRAMS)/pytest tests/models

locks: ## renew the hash-locked requirements from pyproject.toml
	requirements/lock

soak: ## search for new counter-examples, for about an hour
	$(PROGRAMS)/pytest --hypothesis-profile=soak --timeout=0 -n auto -m "not browser" tests/inventory

wheel: ## build the wheel into dist/
	$(PROGRAMS)/uv build --wheel --no-build-isolation --out-dir dist .
