# Every target brings .venv up to date first, and skips that when neither the lock nor pyproject.toml has changed.
SHELL := /bin/sh
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help

PYTHON ?= python3
PY := .venv/bin/python

# An empty variable means "not set" and wins over .env: no test or benchmark sees the caller's keys or settings.
SETTINGS := $(shell sed -n 's/^\#\{0,1\} *\([A-Z][A-Z_]*\)=.*/\1/p' .env.example)
CLEAN := env $(SETTINGS:%=%=) NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

USERS ?= 500
DURATION ?= 120
SECONDS ?= 0

# A home of its own, gone afterwards; as root the server's account has to pass through it.
OWN_HOME := home=$$(mktemp -d) && chmod 711 "$$home" && trap 'rm -rf "$$home"' EXIT &&

COMPILE = $(PY) -m piptools compile $(ARGS) --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.NOTPARALLEL:
.PHONY: help venv up test check format lint types imports eval bench bench-retrieval load faults faults-short lock check-images

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

venv:  ## make .venv, or bring it up to date
	@$(PYTHON) scripts/environment.py .venv requirements/dev.txt --project

up: venv  ## start everything, answer a sample question, serve on PRASHNA_PORT until Ctrl-C
	@exec $(PY) -m app.local

test: venv  ## all tests, on a PostgreSQL of their own, with the coverage gate
	@$(OWN_HOME) $(CLEAN) PRASHNA_HOME="$$home" $(PY) -m pytest --cov --cov-report=term-missing:skip-covered $(ARGS)

check: format lint types imports test  ## what CI runs: format, lint, types, import rules, tests

format: venv  ## is everything formatted? (`.venv/bin/ruff format` does it)
	$(PY) -m ruff format --check

lint: venv  ## ruff
	$(PY) -m ruff check

types: venv  ## mypy, strict
	$(PY) -m mypy

imports: venv  ## which room imports which
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

eval: venv  ## ask the golden questions, score the answers, hold them to thresholds and baseline, prove it by damage
	@$(PYTHON) scripts/environment.py .venv-evals requirements/evals.txt --project
	@$(OWN_HOME) $(CLEAN) PRASHNA_HOME="$$home" $(PY) evals/run_ragas.py --dataset evals/golden_set.json \
		--thresholds '{"faithfulness":0.90,"answer_relevancy":0.88,"accuracy":0.93}' --prove $(ARGS)

bench: venv  ## measure gate, queue, stream, starts and sizes, and others' ways beside them
	@$(PYTHON) scripts/environment.py .venv-peers requirements/peers.txt
	@$(OWN_HOME) $(CLEAN) PRASHNA_HOME="$$home" $(PY) -m evals.bench $(ARGS)

bench-retrieval: venv  ## rank beside BM25, dense and reciprocal-rank fusion; index recall; how many passages
	@$(OWN_HOME) $(CLEAN) PRASHNA_HOME="$$home" $(PY) -m evals.bench.retrieval $(ARGS)

load: venv  ## students on an exam's eve: USERS=500 DURATION=120 (seconds); honours PRASHNA_HOME and PRASHNA_PORT
	@$(PYTHON) scripts/environment.py .venv-load requirements/load.txt
	@$(CLEAN) PRASHNA_HOME="$$PRASHNA_HOME" PRASHNA_PORT="$$PRASHNA_PORT" $(PY) -m tests.load \
		--users $(USERS) --duration $(DURATION) $(ARGS)

faults-short: venv  ## end, stop, cut off and flood real processes for some minutes, as CI does; ARGS="C1 --seed 7"
	@$(OWN_HOME) $(CLEAN) PRASHNA_HOME="$$home" $(PY) -m tests.faults --short $(ARGS)

faults: venv  ## all of it, again and again until SECONDS have gone; ARGS="C4 C9" for some of it
	@$(OWN_HOME) $(CLEAN) PRASHNA_HOME="$$home" $(PY) -m tests.faults --seconds $(SECONDS) $(ARGS)

check-images: venv  ## lint Dockerfile and compose file, run the images' install lines in empty environments
	@$(PYTHON) scripts/environment.py .venv-images requirements/images.txt
	@$(CLEAN) $(PY) scripts/check_images.py

lock: export CUSTOM_COMPILE_COMMAND := make lock
lock: export PIP_CONFIG_FILE := /dev/null
lock: export PIP_FIND_LINKS :=
lock: export PIP_EXTRA_INDEX_URL :=
lock: venv  ## renew requirements/*.txt; ARGS=--upgrade takes the newest versions
	$(COMPILE) --extra api --extra worker --extra bench --extra dev -o requirements/dev.txt pyproject.toml
	$(COMPILE) --extra api -c requirements/dev.txt -o requirements/api.txt pyproject.toml
	$(COMPILE) --extra worker -c requirements/dev.txt -o requirements/worker.txt pyproject.toml
	$(COMPILE) --extra bench -c requirements/dev.txt -o requirements/bench.txt pyproject.toml
	$(COMPILE) --extra load -c requirements/dev.txt -o requirements/load.txt pyproject.toml
	$(COMPILE) --extra peers -o requirements/peers.txt pyproject.toml
	$(COMPILE) -o requirements/images.txt requirements/images.in
	$(COMPILE) --extra worker --extra evals -o requirements/evals.txt pyproject.toml
