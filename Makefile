# Bellhop's front door. `make` alone lists the commands.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install apprise run test fast check lint types promises storm bench bench-peers screenshots lock clean

BIND ?= 127.0.0.1:8000
TESTS ?= tests

BIN := .venv/bin
STAMPS := .venv/.stamps
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --no-compile --quiet --require-hashes
LOCK := $(BIN)/python -m piptools compile --quiet --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--generate-hashes --allow-unsafe --strip-extras --no-header
# Without compiled modules every process of the tests would compile the tests and Bellhop anew.
FAST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --dist worksteal -m "not promise and not browser $(if $(ONLY_DATABASE),and not no_database)"
# They wait for each other's processes most of the time, so more of them run at once than there are processors.
PROMISES := $(BIN)/python -m pytest -m promise -n 4 --dist loadscope
SCHEMA := $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

install: $(STAMPS)/run ## build .venv from the pinned, hash-checked requirements (nothing else is touched)

apprise: $(STAMPS)/apprise ## add the optional library Apprise to .venv (docs/apprise.md says what to consider first)

run: $(STAMPS)/run ## start Bellhop with a demo team, a sandbox chat and a feed: BIND=127.0.0.1:8000
	@BELLHOP_DEMO=1 exec $(BIN)/python manage.py up --bind "$(BIND)"

test: $(STAMPS)/qa $(STAMPS)/browser $(STAMPS)/npm ## run the whole test suite: TESTS=tests
	@tools/browser-tests $(BIN) $(TESTS)
	@echo "== fast tests =="
	@$(FAST) $(TESTS) || test $$? = 5
	@echo "== promises =="
	@$(PROMISES) $(TESTS) || test $$? = 5

fast: $(STAMPS)/qa ## run the fast tests only, three at once for two processors: TESTS=tests AT=2026-12-31T23:59:59Z (ONLY_DATABASE=1: not what asks none)
	@$(FAST) $(if $(AT),--at $(AT)) $(TESTS)

promises: $(STAMPS)/test ## run the promise tests only (real processes, real local servers)
	@$(PROMISES) tests

storm: $(STAMPS)/test ## kill the sender 200 times during 10,000 alerts and count what the rooms heard
	@$(BIN)/python -m tests.promises.storm

check: $(STAMPS)/qa $(STAMPS)/browser lint types ## lint, types, imports, migrations, settings, API schema, requirements

lint: $(STAMPS)/qa
	@echo "== lint =="
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python tools/requirements.py
	@echo "== imports =="
	@$(BIN)/lint-imports

types: $(STAMPS)/qa $(STAMPS)/browser
	@echo "== types =="
	@$(BIN)/mypy .
	@echo "== migrations, settings, API schema =="
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py check
	@$(SCHEMA)

bench: $(STAMPS)/test ## measure latency and throughput, and pages of a huge team, printed as tables
	@$(BIN)/python -m bench

bench-peers: $(STAMPS)/test ## the same for alerts, beside Debian's prometheus-alertmanager on the same receivers
	@$(BIN)/python -m bench peers

screenshots: $(STAMPS)/browser ## take the pictures of docs/screenshots from a demo of their own
	@$(BIN)/python -m tools.screenshots

lock: $(STAMPS)/lock ## compile requirements/*.in to pinned, hash-checked requirements/*.txt
	@cd requirements && for group in run apprise test qa browser lock; do \
		echo "Locking requirements/$$group.txt"; ../$(LOCK) --output-file $$group.txt $$group.in || exit 1; done
	@$(BIN)/python tools/requirements.py

clean: ## remove .venv, node_modules and caches (the data in var/ stays)
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@tools/make-venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt $(STAMPS)/venv
	@echo "Installing Bellhop's pinned packages into .venv (the first time half a minute or so) ..."
	@$(PIP) -r requirements/run.txt
	@touch $@

$(STAMPS)/apprise: requirements/apprise.txt $(STAMPS)/run
	@echo "Installing the pinned packages of Apprise into .venv ..."
	@$(PIP) -r requirements/apprise.txt
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

$(STAMPS)/npm: package-lock.json $(STAMPS)/venv
	@tools/npm-packages $@

$(STAMPS)/lock: requirements/lock.txt $(STAMPS)/qa
	@echo "Installing the pinned packages that compile the requirements into .venv ..."
	@$(PIP) -r requirements/lock.txt
	@touch $@
