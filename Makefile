# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export UV_SYSTEM_CERTS := 1
# The tests start hundreds of processes: each would compile Django and us anew, where the caller's environment says so.
unexport PYTHONDONTWRITEBYTECODE
WORKERS ?= 3
PORT ?= 8000

.PHONY: help demo test tested check check-quick check-style check-layers check-types check-templates check-words check-field setup browser messages static field bench promises random mutants drills nightly pictures lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: setup ## set everything up and run the made-up district on the embedded database, at PORT=8000
	$(BIN)/outpost up --demo --port $(PORT)

# What takes minutes to check is checked beside the first tests, which wait now and then; set-up is over by then.
test: ## set everything up, check the code and run all tests, in WORKERS=3 processes
	$(MAKE) --no-print-directory --jobs=3 --output-sync=target browser setup check-quick
	$(MAKE) --no-print-directory --jobs=2 tested check-types check-field

tested:
	$(BIN)/pytest -n $(WORKERS)

TEMPLATES := $(shell find src/outpost -path '*templates/*' -name '*.html' -not -path '*/static_collected/*')

check: check-quick check-types check-field ## format, lint, types, layers, templates, messages, planted faults, the gate app

check-quick: check-style check-layers check-templates check-words

# What npm brings is needed by words alone, which stand in the gate app, too: the others are checked meanwhile.
check-style: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-layers: $(VENV)/.installed
	$(BIN)/lint-imports

check-types: $(VENV)/.installed
	$(BIN)/mypy

check-templates: $(VENV)/.installed
	$(BIN)/djhtml --check --tabwidth 2 $(TEMPLATES)

check-words: messages field
	$(BIN)/python tools/messages.py check
	$(BIN)/python tools/mutants.py --check

check-field: field/node_modules/.checked

# A service's account cannot write beside the code: without bytecode each of its processes would compile at every start,
# in twice the time, and hold what that leaves behind.
setup: $(VENV)/.installed messages static field ## virtual environment, page files, the gate app, translations
	$(BIN)/python -m compileall -q src/outpost

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements/dev.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

static: src/outpost/pages/static/vendor/.built ## pages' files and the table of regions from npm packages

PAGE_SOURCES := $(shell find src/outpost -path '*/static_collected' -prune -o -path '*/vendor' -prune -o \
  \( -name "*.html" -o -name "*.py" -o -name "*.js" -o -name "*.css" -o -name "*.svg" \) -print)

node_modules/.installed: package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $@

# The style sheet keeps only the rules whose classes our pages, scripts and Python name: any of them may add one.
src/outpost/pages/static/vendor/.built: node_modules/.installed tools/build_static.mjs $(PAGE_SOURCES) | $(VENV)/.installed
	npm run --silent build
	$(BIN)/python -m django collectstatic --settings outpost.config.settings --noinput --verbosity 0 \
	  --ignore 'redoc*' --ignore django_htmx # no page of ours asks for these, and to press them takes half a minute
	touch $@

FIELD_SOURCES := $(shell find field -path field/node_modules -prune -o -type f -print)

field: src/outpost/desks/app/.built ## the gate app, which works offline

# In the folder, not by --prefix: with that npm looks for the machine's settings (a proxy's certificates) beneath it.
field/node_modules/.installed: field/package-lock.json
	cd field && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	touch $@

src/outpost/desks/app/.built: field/node_modules/.installed $(FIELD_SOURCES)
	cd field && npm run --silent build
	touch $@

field/node_modules/.checked: field/node_modules/.installed $(FIELD_SOURCES) $(wildcard tests/shared/*.json)
	cd field && npm run --silent check && npm run --silent test
	touch $@

messages: $(VENV)/.installed ## compile the translations
	$(BIN)/python tools/messages.py compile

browser: ## Chromium for the browser tests, from the system's packages
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; \
	  else echo "The browser tests need Chromium: sudo apt-get install chromium fonts-noto-cjk" >&2; exit 1; fi; }

bench: setup ## benchmarks, small sizes; FULL=1 for the real ones
	$(BIN)/uv pip install --quiet --require-hashes --requirement requirements/bench.txt
	$(BIN)/python -m benchmarks $(if $(FULL),--full)

promises: setup ## the table of promises with the last result of their tests
	$(BIN)/python tools/promises.py

random: setup browser ## all tests in an order of chance; SEED=… repeats one
	$(if $(SEED),OUTPOST_TEST_SEED=$(SEED)) $(BIN)/pytest -n $(WORKERS) -p outpost.testing.random_order

mutants: setup ## plant faults in a copy of the tree: each must be noticed; ONLY=word for some
	$(BIN)/python tools/mutants.py $(ONLY)

drills: setup browser ## rehearse bad days (docs/drills.toml); DRILLS="midnight poison" for some
	$(BIN)/python tools/drills.py $(DRILLS)

nightly: setup browser ## the long tests
	$(BIN)/uv pip install --quiet --require-hashes --requirement requirements/bench.txt
	$(BIN)/pytest -m nightly

pictures: setup browser ## take the pictures of the guides and of the README anew
	rm -rf build/pictures
	$(BIN)/pytest -m nightly tests/browser/test_pictures.py
	mkdir -p src/outpost/web/static/web/guides
	cp build/pictures/guides/* src/outpost/web/static/web/guides/
	cp build/pictures/docs/* docs/pictures/

lock: ## renew the pinned requirements (versions and hashes only)
	for set in main dev bench; do \
	  group=""; [ $$set = main ] || group="--group $$set"; [ $$set != bench ] || group="$$group -c requirements/dev.txt"; \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header $$group pyproject.toml -o requirements/$$set.txt; \
	done
	$(BIN)/python tools/sbom.py

clean: ## remove what the build made (never data)
	rm -rf $(VENV) node_modules field/node_modules src/outpost/desks/app src/outpost/pages/static/vendor src/outpost/static_collected
