# Bellhop's front door. `make` alone lists the commands.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test check lint types promises bench lock clean

BIND ?= 127.0.0.1:8000
TESTS ?= tests

BIN := .venv/bin
STAMPS := .venv/.stamps
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --no-compile --quiet --require-hashes
LOCK := $(BIN)/python -m piptools compile --quiet --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--generate-hashes --allow-unsafe --strip-extras --no-header
SCHEMA := $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

install: $(STAMPS)/run ## build .venv from the pinned, hash-checked requirements (nothing else is touched)

run: $(STAMPS)/run ## start Bellhop with a demo team, a sandbox chat and a feed: BIND=127.0.0.1:8000
	@BELLHOP_DEMO=1 exec $(BIN)/python manage.py up --bind "$(BIND)"

test: $(STAMPS)/qa $(STAMPS)/browser ## run the whole test suite: TESTS=tests
	@tools/browser-tests $(BIN) $(TESTS)
	@echo "== tests (fast ones and promises) =="
	@$(BIN)/python -m pytest -m "not browser" $(TESTS)

promises: $(STAMPS)/test ## run the promise tests only (real processes, real local servers)
	@$(BIN)/python -m pytest -m promise tests

check: $(STAMPS)/qa lint types ## lint, types, imports, migrations, settings, API schema, requirements

lint: $(STAMPS)/qa
	@echo "== lint =="
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python tools/requirements.py
	@echo "== imports =="
	@$(BIN)/lint-imports

types: $(STAMPS)/qa
	@echo "== types =="
	@$(BIN)/mypy .
	@echo "== migrations, settings, API schema =="
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check
	@$(SCHEMA)

bench: $(STAMPS)/run ## measure latency and throughput, printed as a table
	@$(BIN)/python -m bench

lock: $(STAMPS)/lock ## compile requirements/*.in to pinned, hash-checked requirements/*.txt
	@cd requirements && for group in run test qa browser lock; do \
		echo "Locking requirements/$$group.txt"; ../$(LOCK) --output-file $$group.txt $$group.in || exit 1; done
	@$(BIN)/python tools/requirements.py

clean: ## remove .venv and caches (the data in var/ stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@tools/make-venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt $(STAMPS)/venv
	@echo "Installing Bellhop's pinned packages into .venv (the first time half a minute or so) ..."
	@$(PIP) -r requirements/run.txt
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/run
	@echo "Installing the pinned packages of the tests into .venv ..."
	@$(PIP) -r requirements/test.txt
	@touch $@

$(STAMPS)/qa: requirements/qa.txt $(STAMPS)/test
	@echo "Installing the pinned packages of the linters and type checks into .venv ..."
	@$(PIP) -r requirements/qa.txt
	@touch $@

$(STAMPS)/browser: requirements/browser.txt $(STAMPS)/test
	@echo "Installing the pinned packages that drive a browser into .venv ..."
	@$(PIP) -r requirements/browser.txt
	@touch $@

$(STAMPS)/lock: requirements/lock.txt $(STAMPS)/qa
	@echo "Installing the pinned packages that compile the requirements into .venv ..."
	@$(PIP) -r requirements/lock.txt
	@touch $@
