# underfoot: `make demo` to see it, `make test` to trust it.
.DELETE_ON_ERROR:
.PHONY: help demo story test test-bluez bench soak check lock schema clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := pyproject.toml --universal --python-version 3.11 --extra virtual --extra parquet --extra update --extra notify --extra edf --extra lsl --group build \
	--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

BLUEZ_TESTS = deploy/test-bluez
WEEKS = $(VENV)/twelve-weeks

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

demo: $(VENV)/.ready-run ## install into .venv and show two virtual feet walking on http://127.0.0.1:8099
	$(BIN)/underfoot demo $(ARGS)

story: $(VENV)/.ready-run ## twelve weeks of a made-up person (a minute or two), then their page on http://127.0.0.1:8099
	$(BIN)/underfoot story twelve-weeks --page $(ARGS)

test: $(VENV)/.ready-dev ## install what tests need, real servers included, and run everything
	deploy/install-test-servers
	@BLUEZ_BOX_JOBS=1 nice -n 19 deploy/bluez-box build >$(VENV)/bluez-box.log 2>&1 & # beside what follows
	@rm -rf $(WEEKS); $(BIN)/underfoot story twelve-weeks --folder $(WEEKS) >$(WEEKS).log 2>&1 & weeks=$$!; \
	  $(MAKE) --no-print-directory check && wait $$weeks || { tail $(WEEKS).log; exit 1; }
	TWELVE_WEEKS=$(abspath $(WEEKS)) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	$(BLUEZ_TESTS) || { code=$$?; [ $$code = 69 ] && echo "NOT RUN: the tests on real BlueZ; the reason stands above."; }

test-bluez: $(VENV)/.ready-dev ## run the tests on a real BlueZ, in a kernel of their own (built once, some minutes)
	$(BLUEZ_TESTS) $(ARGS)

bench: $(VENV)/.ready-dev ## print the benchmarks
	$(BIN)/python -m pytest tests/bench -m bench -s -p no:cacheprovider -o python_files='bench_*.py test_*.py' -o timeout=0 $(ARGS)

soak: $(VENV)/.ready-dev ## two hours out of range, and half an hour on bad air: what was taken must be stored (40 minutes)
	$(BIN)/python -m pytest tests/soak -s -p no:cacheprovider -o python_files='soak_*.py' -o timeout=0 $(ARGS)

check: $(VENV)/.ready-dev ## style, types and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

lock: $(VENV)/.ready-dev ## write the lock files again (needs uv, installed for this alone)
	$(PIP) install uv
	$(BIN)/uv pip compile $(LOCK) $(UV_ARGS) -o deploy/requirements.lock
	$(BIN)/uv pip compile $(LOCK) $(UV_ARGS) --group dev -c deploy/requirements.lock -o deploy/requirements-dev.lock

schema: $(VENV)/.ready-run ## write ingest/wire/schema.json again
	$(BIN)/python -m ingest.wire.schema

clean: ## remove what was installed and cached here, not your data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "underfoot needs Python 3.11 or later as '$(PYTHON)' (Debian 12 and later have it); or: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-run: deploy/requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r deploy/requirements.lock
	$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.ready-dev: deploy/requirements-dev.lock $(VENV)/.ready-run
	$(PIP) install --require-hashes -r deploy/requirements-dev.lock
	@touch $@
