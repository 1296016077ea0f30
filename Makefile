# What the README promises. Everything is installed into this folder: .venv, frontend/node_modules, .local.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PAGE := frontend/dist/index.html
REQUEST ?= I need a Python Django development server with PostgreSQL and Redis

.PHONY: help up demo verify-receipts test check-infra faults kills mutants eval catalog check format stage page deploy \
	release destroy browser lock clean

help: ## What there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

up: $(BIN)/.installed $(PAGE) ## Start the whole platform here (PORT=8080), until Ctrl-C
	@exec $(BIN)/python -m local.up

demo: $(BIN)/.installed $(PAGE) ## The journey in the terminal: make demo REQUEST="…"
	@exec $(BIN)/python -m local.demo "$$REQUEST"
export REQUEST

verify-receipts: $(BIN)/.installed ## Every receipt and audit record of the running platform against its seal
	@exec $(BIN)/python -m local.verify

# In the order of the folders, whose long files come first: the short ones even out the end.
test: $(BIN)/.installed $(PAGE) browser check-infra ## Every test, the browser's included
	cd frontend && npm run --silent test
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check-infra: .checkov/.installed ## Checkov over the Terraform modules, without a network
	.checkov/bin/checkov --directory infra/terraform --skip-path tests --framework terraform --skip-download --quiet --compact

faults: $(BIN)/.installed ## Random lives in a storm of faults (LIVES=200, SEED=…, MINUTES=…, WORLD=…), into docs/reliability.md
	@$(BIN)/python -m tests.faults --write --lives $(or $(LIVES),200) $(if $(SEED),--seed $(SEED)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(WORLD),--world $(WORLD) --alone 0)

kills: $(BIN)/.installed ## kill -9 of the staged provision and reaper after every effect of a VM's whole life
	@$(BIN)/python -m tests.e2e.kills

mutants: $(BIN)/.installed ## Take one safeguard at a time out of a copy of the code: the suite must notice
	@$(BIN)/python -m tests.faults.mutants

eval: $(BIN)/.installed ## Score the suggestion engine on the labelled requests (EVAL=--failures lists what was missed)
	@$(BIN)/python -m tests.eval $(EVAL)

check: $(BIN)/.installed frontend/node_modules/.installed ## Format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && npm run --silent check

format: $(BIN)/.installed ## Mend what a formatter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stage: $(BIN)/.installed ## Stage and zip every function's deployable source in .staged
	$(BIN)/python -m infra.stage .staged --zip

page: $(PAGE) ## Build the page

TOLD := PROJECT VM_PROJECT REGION DOMAIN ADMIN_EMAIL ENVIRONMENT ENGINE BILLING_ACCOUNT ANSWERS YES VMS CONFIRM
deploy: stage $(PAGE) ## To Google Cloud: make deploy PROJECT=… VM_PROJECT=… REGION=… DOMAIN=… ADMIN_EMAIL=…
	@$(BIN)/python -m infra.deploy up $(foreach name,$(TOLD),$(if $($(name)),'$(name)=$($(name))'))

release: $(BIN)/.installed ## This checkout to Cloud Build, which plans it and waits for an approval: make release PROJECT=…
	@$(BIN)/python -m infra.deploy release $(foreach name,$(TOLD),$(if $($(name)),'$(name)=$($(name))'))

destroy: $(BIN)/.installed ## The deployment, after saying what goes and what stays: make destroy PROJECT=… (VMS=delete)
	@$(BIN)/python -m infra.deploy down $(foreach name,$(TOLD),$(if $($(name)),'$(name)=$($(name))'))

browser: ## Chromium for the browser's tests, from the system's packages
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
	  [ -n "$$name" ] && command -v "$$name" >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "The browser's tests need Chromium: sudo apt-get install chromium (or set CHROMIUM to its path)"; fi

catalog: $(BIN)/.installed ## Prices and machine types anew from Google: make catalog PROJECT=… (FORCE=1 for leaps)
	$(BIN)/python -m infra.catalog --project "$(PROJECT)" $(if $(FORCE),--force)

lock: $(BIN)/.installed ## Resolve the dependencies anew, pinned by version and hash
	$(PYTHON) -m venv .lock-venv && .lock-venv/bin/pip install -q uv
	.lock-venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock
	.lock-venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	.lock-venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate infra/checkov/requirements.in -o infra/checkov/requirements.txt
	rm -rf .lock-venv

clean: ## Remove everything that was made here, the local database included
	@[ ! -x $(BIN)/python ] || [ ! -d .local/postgres ] || $(BIN)/python -m local.postgres --folder .local/postgres --remove
	rm -rf .venv .checkov .local .staged frontend/node_modules frontend/dist

$(BIN)/.installed: requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# An environment of its own: it pins a hundred packages that nothing here should agree with.
.checkov/.installed: infra/checkov/requirements.txt
	$(PYTHON) -m venv .checkov
	.checkov/bin/pip install -q --no-compile --disable-pip-version-check --require-hashes -r $<
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): frontend/node_modules/.installed $(shell find frontend/src frontend/public frontend/docs -type f 2>/dev/null) frontend/index.html frontend/vite.config.ts
	cd frontend && npm run --silent build
	@touch $@
