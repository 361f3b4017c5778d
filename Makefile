# Two commands are enough: `make demo` and `make test`. Both make what they need.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
READY := .venv/ready
VENDOR := api/pages/static/vendor
STYLES := $(VENDOR)/ready
NPM_FONTS := node_modules/@fontsource/inter/files

.DEFAULT_GOAL := help
.PHONY: help demo test e2e bench lint lock sbom catalogue clean audit.pyz

help: ## List what can be made
	@echo 'make demo ONCE=1   the same without staying: import, publish, export, verify'
	@sed -n 's/^\([a-z0-9.]*\):.*## \(.*\)/make \1@\2/p' $(MAKEFILE_LIST) | \
		awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

demo: $(READY) $(STYLES) ## Sample histories on an embedded PostgreSQL, kept in .stafettlogg
	STAFETTLOGG_HOME='$(CURDIR)/.stafettlogg' .venv/bin/stafettlogg demo $(if $(ONCE),--once)

test: $(READY) ## Everything that needs no browser and no root
	.venv/bin/python -m pytest -n 2 --dist loadfile --ignore tests/e2e tests

e2e: $(READY) $(STYLES) ## The commands end to end, and the pages in Debian's Chromium
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! { \
		command -v chromium && fc-list : family | grep -q 'Noto Sans'; } >/dev/null; then \
		apt-get update -qq && apt-get install -qq --no-install-recommends \
			chromium fonts-noto-core fontconfig >/dev/null; \
	fi
	.venv/bin/python -m pytest -n 2 --dist loadfile tests/e2e

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

catalogue: $(READY) ## The catalogue of events, from their classes and guards
	.venv/bin/python -m ledger.catalogue

audit.pyz: $(READY) ## The verifier as one file
	.venv/bin/python -m audit.build_pyz $@

clean: ## Remove what was made here, the demo's database too
	rm -rf .venv node_modules $(VENDOR) .stafettlogg .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f audit.pyz bench-results.json sbom.cdx.json

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv --clear .venv
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Style sheets and fonts of the pages, put where a wheel takes them along too.
$(STYLES): package.json package-lock.json
	@command -v npm >/dev/null || { echo "The pages' style sheets come from npm, which is missing:" \
		'install Node.js 20 or newer with npm. make test does without.' >&2; exit 1; }
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	rm -rf $(VENDOR) && mkdir -p $(VENDOR)
	cp node_modules/@digdir/designsystemet-theme/src/themes/designsystemet.css $(VENDOR)/theme.css
	cp node_modules/@digdir/designsystemet-css/dist/src/index.css $(VENDOR)/designsystemet.css
	cp $(foreach cut,latin latin-ext,$(foreach weight,400 500 600,$(NPM_FONTS)/inter-$(cut)-$(weight)-normal.woff2)) $(VENDOR)
	cp node_modules/@fontsource/inter/LICENSE $(VENDOR)/inter.LICENSE
	cp node_modules/@digdir/designsystemet-css/LICENSE $(VENDOR)/designsystemet.LICENSE
	@touch $@
