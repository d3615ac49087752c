PYTHON ?= python3
API_PORT ?= 5000
PAGE_PORT ?= 8501

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# pip compiles file by file. All cores at once are sooner done; what some packages bring as templates is no Python, and
# their tests are never imported.
INSTALL := $(PIP) install --quiet --no-compile -c constraints.txt
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests?/' .venv/lib || true
TORCH_FOR_CPU := https://download.pytorch.org/whl/cpu

.PHONY: help run test test-fuzz test-browser test-docker test-ray check format wheel sbom

help:  ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

run: .venv/serving  ## start the API and the page (ports: API_PORT, PAGE_PORT)
	@$(BIN)/python tools/run.py --api-port $(API_PORT) --page-port $(PAGE_PORT)

test: .venv/development  ## run the tests that need neither browser, Docker nor a Ray cluster
	$(BIN)/pytest -m "not browser and not docker and not ray"

test-fuzz: .venv/development  ## send the server 20,000 damaged pictures, ten times as many as test does
	FUZZ_CASES=20000 $(BIN)/pytest tests/server_api/test_fuzz.py

test-browser: .venv/development  ## run the tests in a real browser (Chromium)
	$(BIN)/pytest -m browser

test-docker: .venv/development  ## build the images, start them and test them (Docker, Chromium)
	$(BIN)/pytest -m docker -s

test-ray: .venv/development  ## run the tests on Ray clusters of this machine
	$(BIN)/pytest -m ray

check: .venv/development  ## lint, formatting, types, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/development  ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: .venv/serving  ## build the library of number_generator as a wheel, in dist/
	$(PIP) wheel --quiet --no-deps --wheel-dir dist ./number_generator

sbom:  ## write sbom.json: what the image of the API consists of, as CycloneDX (Docker)
	docker build --quiet --file server_api/Dockerfile --target sbom --output type=local,dest=. .

# Stamps: nothing is installed again until a requirement changes.
.venv/serving: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --upgrade-deps .venv  # the pip of an old Python takes twice as long
	$(INSTALL) -e '.[server,app]'
	@$(COMPILE)
	@touch $@

# torch first and from its own index: what PyPI has for Linux brings gigabytes of CUDA.
# Where that index cannot be reached, pip takes what it finds elsewhere, without waiting long.
.venv/development: .venv/serving
	$(INSTALL) --no-deps --retries 1 --timeout 15 --extra-index-url $(TORCH_FOR_CPU) torch
	$(INSTALL) -e '.[development]'
	@$(COMPILE)
	@touch $@
