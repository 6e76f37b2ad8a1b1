# Everything happens in .venv, which these rules make themselves. Needs Python 3.11 or newer.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SOURCES := pyproject.toml hatch_build.py $(wildcard page/package*.json)

.PHONY: demo test check unit bench clean

demo: .venv/demo.ready  ## train on Python's documentation, draw it, open the page
	$(BIN)/tovec demo $(if $(CI),--no-open)

test: .venv/test.ready check unit  ## lint, types, tests

check: .venv/test.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: .venv/test.ready
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

bench: .venv/test.ready  ## compare with peers on ../shared/data
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

.venv/bin/pip:
	@test -n "$(PYTHON)" || { echo "tovec needs Python 3.11 or newer; none is on the PATH"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/demo.ready: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install -q --disable-pip-version-check -e .
	touch $@

.venv/test.ready: .venv/bin/pip $(SOURCES)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	touch $@ .venv/demo.ready

clean:
	rm -rf .venv dist build tovec-demo page/node_modules tovec/server/static .pytest_cache .mypy_cache .ruff_cache .hypothesis
