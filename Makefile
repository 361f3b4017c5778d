# Two commands are enough: `make demo` and `make test`. Both make what they need.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help demo test e2e bench lint lock sbom clean audit.pyz

help: ## List what can be made
	@echo 'make demo ONCE=1   the same without staying: import, publish, export, verify'
	@sed -n 's/^\([a-z0-9.]*\):.*## \(.*\)/make \1@\2/p' $(MAKEFILE_LIST) | \
		awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

demo: $(READY) ## Sample histories on an embedded PostgreSQL, kept in .stafettlogg
	STAFETTLOGG_HOME='$(CURDIR)/.stafettlogg' .venv/bin/stafettlogg demo $(if $(ONCE),--once)

test: $(READY) ## Everything that needs no browser and no root
	.venv/bin/python -m pytest -n 2 --dist loadfile --ignore tests/e2e tests

e2e: $(READY) ## The commands end to end; there are no pages yet, hence no browser tests
	@echo 'No browser tests exist: the project has no pages yet. Running the commands.'
	@if ls tests/e2e/test_*.py >/dev/null 2>&1; then \
		.venv/bin/python -m pytest tests/e2e; \
	else \
		echo 'No end-to-end tests of the commands exist either.'; \
	fi

bench: $(READY) ## Benchmarks, as a table and bench-results.json
	.venv/bin/python -m tests.benchmarks

lint: $(READY) ## Rules, layout and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

lock: $(READY) ## Choose versions anew within pyproject.toml; UPGRADE=1 takes the newest
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) \
		pyproject.toml --output-file requirements.lock

sbom: $(READY) ## What is installed, as CycloneDX, in sbom.cdx.json
	.venv/bin/cyclonedx-py environment --pyproject pyproject.toml \
		--output-file sbom.cdx.json .venv/bin/python

audit.pyz: $(READY) ## The verifier as one file
	.venv/bin/python -m audit.build_pyz $@

clean: ## Remove what was made here, the demo's database too
	rm -rf .venv .stafettlogg .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f audit.pyz bench-results.json sbom.cdx.json

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv --clear .venv
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(READY)
