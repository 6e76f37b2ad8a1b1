# Everything runs in .venv, which these rules create. Needs Python 3.11 or newer.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SOURCES := pyproject.toml hatch_build.py $(wildcard page/package*.json)

.PHONY: help demo test check unit docs format hooks bench clean

demo: .venv/demo.ready  ## train on Python's documentation, draw it, open the page
	$(BIN)/tovec demo $(if $(CI),--no-open)

help:  ## list what make can do
	@awk -F ':.*##  *' '/^[a-z]+:.*## /{printf "%-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

test: .venv/test.ready check unit  ## lint, types, tests

check: .venv/test.ready  ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: .venv/test.ready  ## tests; SLOW=1 also those that take long
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --durations 25 $(if $(SLOW),,-m 'not slow')

docs: .venv/docs.ready  ## build the documentation site, site/index.html; DRAFT=1 where a page is unfinished
	$(BIN)/python docs/build_site.py $(if $(DRAFT),--draft)

format: .venv/test.ready  ## format the code and repair what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: .venv/test.ready  ## check each commit before it is made
	$(BIN)/pip install -q --disable-pip-version-check pre-commit
	$(BIN)/pre-commit install

bench: .venv/bench.ready  ## run every benchmark briefly, compared with other libraries
	$(BIN)/python benchmarks/run.py

clean:  ## remove .venv, caches and all that is built
	rm -rf .venv dist build site tovec-demo page/node_modules tovec/server/static \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "tovec needs Python 3.11 or newer; none is on the PATH"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/demo.ready: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install -q --disable-pip-version-check -e .
	touch $@

.venv/test.ready: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@ .venv/demo.ready

.venv/docs.ready: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[docs]'
	touch $@ .venv/demo.ready

.venv/bench.ready: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev,bench]'
	touch $@ .venv/test.ready .venv/demo.ready
