# The one door: make demo | test | lint | bench. Each does its own set-up; nothing but Python (3.11
# or newer), git and make is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := .ci/requirements-dev.txt
EXAMPLE := benchmarks/evaluate/example

.PHONY: demo test lint bench generate lock clean

demo: $(STAMP)
	$(BIN)/python -m benchmarks demo

test: $(STAMP)
	$(BIN)/pytest -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python protos/generate.py --check

bench: $(STAMP)
	$(BIN)/python -m benchmarks accuracy --quick

generate: $(STAMP)
	$(BIN)/python protos/generate.py

# uv is needed here only; install it anywhere. The lock has hashes and no addresses.
lock:
	uv pip compile pyproject.toml agents/pyproject.toml --extra matcher --extra cluster --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --exclude-newer "7 days" --no-emit-package linkage-service \
	  --quiet --output-file $(LOCK)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A half-made environment has no stamp, so it is completed. Were nothing compiled beforehand, each of
# the demo's dozen processes would do it for itself.
$(STAMP): $(LOCK) pyproject.toml agents/pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	  'This needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable . --editable agents
	@echo "Compiling what is compiled on first use; it is kept beside the code ..."
	$(BIN)/python -m benchmarks evaluate $(EXAMPLE)/project.toml $(EXAMPLE) > /dev/null
	touch $@
