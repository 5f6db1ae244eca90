# Everything starts here; `make help` tells what there is.
# A machine needs Python 3.11 or later (with venv), git and make. All else is installed into .venv and frontend/node_modules.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PLUGINS := $(wildcard plugins/*/setup.py)
THEMES := $(wildcard themes/*/setup.py)
DIST := qis_core/web/static/dist
BROWSER_CODE := frontend/package.json frontend/package-lock.json $(shell find frontend/src -type f)

# make serve PORT=8080 LIBRARY=~/Pictures DATA=/var/lib/qis CONFIG=development.ini
# Quoted for folders with blanks in their names; qis itself understands ~.
PLACES := $(if $(CONFIG),'$(CONFIG)') $(if $(LIBRARY),--library '$(LIBRARY)') $(if $(DATA),--data '$(DATA)')
SERVE := $(PLACES) $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

# Processes, sockets and clocks are at the mercy of the machine: a test that fails is tried twice more, with everything set up
# anew, and the summary tells why. What is wrong fails three times. ARGS='--reruns 0' has none of it.
AGAIN := --reruns 2 --reruns-delay 2 --max-suite-reruns 30 --rerun-show-tracebacks

.PHONY: help serve test test-all lint types bench docs migrate screenshots clean

help: ## Tell what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/core $(DIST)/built ## Serve; PORT= HOST= LIBRARY= DATA= CONFIG= choose what and where
	@exec $(BIN)/qis serve $(SERVE)

test: $(VENV)/tests $(DIST)/built ## Run the tests; ARGS= goes to pytest
	@$(BIN)/pytest -n 2 $(AGAIN) -m "not slow" $(ARGS)

test-all: $(VENV)/tests $(DIST)/built ## Run the slow tests as well; ARGS= goes to pytest
	@$(BIN)/pytest -n 2 $(AGAIN) $(ARGS)

lint: $(VENV)/tests ## Check style, which room imports which, and the dependencies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q tests/contract/test_dependencies.py

types: $(VENV)/tests ## Check the types
	@$(BIN)/mypy

bench: $(VENV)/tests ## Measure what the server costs beyond the bare work; ARGS= goes to the benchmark
	@$(BIN)/python benchmarks/run.py $(ARGS)

docs: $(VENV)/core ## Write the reference pages
	@$(BIN)/qis docs --builtin

migrate: $(VENV)/core ## Bring the database to this version's schema; CONFIG= DATA=
	@$(BIN)/qis migrate $(PLACES)

screenshots: $(VENV)/tests $(DIST)/built ## Take pictures of every page with Chromium, into screenshots/; ARGS= chooses some
	@$(BIN)/python .ci/screenshots.py $(ARGS)

clean: ## Remove what was built; data/, library/ and .venv stay
	rm -rf build dist $(DIST) frontend/node_modules screenshots .pytest_cache .mypy_cache .ruff_cache .coverage .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# The core, the themes and the plugins of this repository, installed so that edits count at once.
$(VENV)/core: setup.py $(THEMES) $(PLUGINS)
	@.ci/virtual-environment $(VENV)
	@$(PIP) install --no-build-isolation --editable . $(THEMES:%/setup.py=--editable %)
	@for plugin in $(PLUGINS:/setup.py=); do \
	  $(PIP) install --no-build-isolation --editable $$plugin || echo "$$plugin could not be installed; the server works without it."; \
	done
	@touch $@

$(VENV)/tests: $(VENV)/core .ci/system-packages
	@$(PIP) install --no-build-isolation --editable '.[testing,quality,gunicorn,postgres]'
	@.ci/system-packages
	@touch $@

$(DIST)/built: $(BROWSER_CODE) | $(VENV)/core
	@.ci/browser-code $(VENV) && touch $@ || echo "The browser code could not be built; pages work, with less comfort."
