# Everything sets itself up in .venv; needs Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo quick test test-bounds test-nojit test-slow engines interrupts explore fuzz lint types imports wheel-check slim-check bench accuracy validation figures clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "bporoute needs Python 3.11 or newer; say which: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[cli,plot]"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## replay a generated day under six policies
	$(BIN)/bporoute demo --plot demo-day.png

quick: $(VENV)/.dev  ## while working: some of every room, no processes, few examples each; a minute or so
	$(BIN)/python -m pytest -q -n 2 -m "not slow and not thorough and not engines" --hypothesis-profile=quick

test: $(VENV)/.dev  ## all tests, compiled from an empty kernel cache
	NUMBA_CACHE_DIR=$$(mktemp -d) $(BIN)/python -m pytest -q -n 2 -m "not slow and not engines" \
	  $(addprefix --ignore=,$(LEAVE_OUT))
	$(MAKE) test-bounds

test-bounds: $(VENV)/.dev  ## the kernels' tests with every array access checked
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$$(mktemp -d) $(BIN)/python -m pytest -q -n 2 \
	  -m "kernels and not slow" tests

test-nojit: $(VENV)/.dev  ## interpreted, where that takes no minutes; commands and governance as they are; only here coverage is true
	rm -f .coverage .coverage.*
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m coverage run -m pytest -q -n 2 \
	  -m "not slow and not compiled and not engines" --ignore=tests/cli --ignore=tests/governance
	NUMBA_CACHE_DIR=$$(mktemp -d) $(BIN)/python -m coverage run -m pytest -q -n 2 \
	  -m "not slow and not engines" tests/cli tests/governance
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report

engines: $(VENV)/.dev  ## real servers, phone systems and a browser, on loopback, as far as they are installed
	$(BIN)/python -m pytest -q -m "engines and not slow" tests

test-slow: $(VENV)/.dev  ## what takes longer: a million decisions, 400 million simulated contacts
	$(BIN)/python -m pytest -q -m slow -o faulthandler_timeout=3600

interrupts: $(VENV)/.dev  ## interrupt calls of the router at any line and by alarms, for SECONDS=60
	INTERRUPT_SECONDS=$(or $(SECONDS),60) INTERRUPT_SEED=$$(date +%s) \
	  $(BIN)/python -m pytest -q tests/routing/test_interrupted.py -o faulthandler_timeout=3600

explore: $(VENV)/.dev  ## the property tests on examples never seen before, interpreted
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n 2 --hypothesis-profile=explore tests

SECONDS ?= 60
fuzz: $(VENV)/.dev  ## random centers and events, every decision checked; SECONDS=60 SEED=7
	PYTHONPATH=tests $(BIN)/python -m fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

lint: $(VENV)/.dev  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## strict types
	$(BIN)/python -m mypy

imports: $(VENV)/.dev  ## imports point downwards
	$(BIN)/lint-imports

wheel-check: $(VENV)/.dev  ## install the built wheel into an empty environment and route a contact with it
	rm -rf dist build/wheel-check
	$(BIN)/python -m build --wheel --outdir dist . > /dev/null
	$(PYTHON) -m venv build/wheel-check
	build/wheel-check/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd build/wheel-check && bin/python -I ../../.ci/wheel_check.py

slim-check: $(VENV)/.dev  ## install the wheel without Numba and SciPy and decide with it
	rm -rf build/slim-dist build/slim-check
	$(BIN)/python -m build --wheel --outdir build/slim-dist . > /dev/null
	$(PYTHON) -m venv build/slim-check
	build/slim-check/bin/python -m pip install --quiet --disable-pip-version-check --no-deps build/slim-dist/*.whl
	build/slim-check/bin/python -m pip install --quiet --disable-pip-version-check -r slim-requirements.txt
	cd build/slim-check && bin/python -I ../../.ci/slim_check.py

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[bench]"
	@touch $@

bench: $(VENV)/.bench  ## benchmarks: decision, replay, import, queue models and simulation beside peers
	$(BIN)/python -m pytest -q benchmarks --benchmark-only --benchmark-columns=median,iqr,min,max,rounds \
	  --benchmark-sort=name

accuracy: $(VENV)/.bench  ## measure the kernels against 50-digit arithmetic, write docs/accuracy.md
	$(BIN)/python benchmarks/accuracy.py --points 8

validation: $(VENV)/.bench  ## simulate what is known exactly, 100 million contacts each; write docs/validation.md
	$(BIN)/python scripts/validate_simulation.py --contacts 1e8

figures: $(VENV)/.bench  ## replay and simulate what README.md and docs/validation.md show; PARTS=log for one
	$(BIN)/python scripts/write_figures.py $(PARTS)

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist demo-day.png .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
