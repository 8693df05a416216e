# make run opens the lab, make test runs everything CI runs. Both need Python 3.11 or newer and nothing else.
.PHONY: run test tests quick lint parity attack lowest lock locked sbom audit clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The tools of `lowest`, `sbom` and `audit`, apart from what they look at.
TOOLS := .venv-tools

run: $(VENV)/.installed
	@$(BIN)/joml-tui

# pytest keeps what it compiles of its plugins; otherwise each worker compiles them anew.
unexport PYTHONDONTWRITEBYTECODE

# One more than two cores: many tests wait for processes, for timers and for disks.
WORKERS ?= 3
# Each worker begins with a third of the files, so that it sets up once what the tests of a file share.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The checks of types and style take one processor for a quarter of a minute: the tests run beside them.
test: $(VENV)/.installed-test
	@$(MAKE) --no-print-directory --jobs=2 lint tests

tests: $(VENV)/.installed-test
	$(PYTEST)

# Slow all of them, and what they import takes seconds.
IMPORTING_TORCH := $(wildcard tests/engine/test_*_torch_parity.py) tests/engine/test_optimizer_parity.py

quick: $(VENV)/.installed-test
	$(PYTEST) -m "not slow" $(addprefix --ignore=,$(IMPORTING_TORCH))

lint: $(VENV)/.installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# What is compared with torch is skipped, by name, where it is not installed.
parity: $(VENV)/.installed-parity

# Hours of damaged inputs, hostile names, sudden ends and random keys; what is found is kept in the folder damaged, and its
# seed is printed. Each process is ended by each signal so many times. All parts are run, whatever one of them finds.
ATTACKS ?= 10000
ENDS ?= 50
attack: $(VENV)/.installed-test
	@failed=0; python="$(abspath $(BIN))/python -W ignore"; cd tests/project; \
	$$python damaged_inputs.py --count $(ATTACKS) --keep $(CURDIR)/damaged || failed=1; \
	$$python hostile_names.py --count $(ATTACKS) || failed=1; \
	$$python sudden_ends.py --times $(ENDS) || failed=1; \
	cd ../ui; $$python monkey.py --events $(ATTACKS) $(foreach seed,1 2 3 4 5 6 7 8 9 10,--seed $(seed)) || failed=1; \
	exit $$failed

# The quick tests with the lowest version of each dependency that pyproject.toml allows.
LOWEST := .venv-lowest
lowest: $(TOOLS)/.installed
	$(PYTHON) -m venv --clear $(LOWEST)
	$(TOOLS)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --editable '.[test]'
	$(LOWEST)/bin/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow" $(addprefix --ignore=,$(IMPORTING_TORCH))

# The versions that everything is tested with, and the hashes of their files, for every platform: `lock` writes them anew, and
# `locked` runs the quick tests with these and no other files. The other targets take what the configured index has: a mirror
# may lack these versions.
LOCK := requirements-test.txt
LOCKED := .venv-locked
lock: $(TOOLS)/.installed
	@printf 'hatchling>=1.27\neditables>=0.5\n' | $(TOOLS)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--extra test --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--output-file $(LOCK) pyproject.toml -
	@echo "Written: $(LOCK)"

locked:
	$(PYTHON) -m venv --clear $(LOCKED)
	$(LOCKED)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	$(LOCKED)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(LOCKED)/bin/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow" $(addprefix --ignore=,$(IMPORTING_TORCH))

# What is installed, as a software bill of materials of CycloneDX.
sbom: $(TOOLS)/.installed $(VENV)/.installed
	$(TOOLS)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-file sbom.json
	@echo "Written: sbom.json"

# Known vulnerabilities of what is installed. Packages that the database does not answer for are no good news.
audit: $(TOOLS)/.installed $(VENV)/.installed
	@$(TOOLS)/bin/pip-audit --strict --skip-editable --path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || \
		{ echo "The audit has found something, or was not possible: without a connection to the database it is not."; exit 1; }

$(TOOLS)/.installed: Makefile
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5' 'pip-audit>=2.7,<3' 'cyclonedx-bom>=5,<8'
	@touch $@

clean:
	rm -rf $(VENV) $(TOOLS) $(LOWEST) $(LOCKED)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, and $(PYTHON) is older: name another, as in 'make run PYTHON=python3.12'."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-parity: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,parity]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed
