# make workbook: everything from nothing to published pages. make test: everything from nothing to passed tests.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
READY := $(VENV)/.ready
FLOOR := .cache/floor

.PHONY: workbook setup test lint format lock gate-bench bench screenshots clean
workbook: setup
	$(BIN)/revisjonsbok run

setup: $(READY)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))" || \
	  { echo "Revisjonsbok trenger Python 3.11 til 3.14. Bruk: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c "import pathlib; pathlib.Path('$(READY)').touch()"

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Needs uv; the result carries versions and hashes for every platform and Python version, and no address.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra dev --python-version 3.11 pyproject.toml --output-file requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --extra bench --constraints requirements.txt --python-version 3.11 pyproject.toml \
	  --output-file benchmarks/requirements.txt

# How good the gate is: planted defects caught, and false alarms on corrected audits.
gate-bench: setup
	$(BIN)/python -m benchmarks.gate_bench

# How fast, and against what; Linux only. ploomber-engine, the floor, goes into an environment of its own: no user gets it.
bench: setup $(FLOOR)/.ready
	$(BIN)/python -m benchmarks.speed --floor $(FLOOR)/bin/python $(BENCH)

$(FLOOR)/.ready: benchmarks/requirements.txt pyproject.toml
	$(PYTHON) -m venv --clear $(FLOOR)
	$(FLOOR)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.txt
	$(FLOOR)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(PYTHON) -c "import pathlib; pathlib.Path('$(FLOOR)/.ready').touch()"

# The pictures of README and docs, from the published pages; needs Chromium.
screenshots: workbook
	$(BIN)/python docs/screenshots.py

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('.cache', 'outputs', '$(VENV)')]"
