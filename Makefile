# `make run` and `make test` need Python 3.11 or newer, git and make. `make help` lists the rest.

HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
export HOST PORT PYTHON VENV

PY := $(VENV)/bin/python
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help run test check fuzz mutate torture bench language gallery lock audit sbom clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run: ## run the portal at http://HOST:PORT, with a demo organization on the first run
	@sh portal/launch/install.sh requirements.txt
	@exec $(PY) -m portal.launch

test: ## run every test; PYTEST adds arguments, as in make test PYTEST="-k join"
	@sh portal/launch/install.sh requirements-dev.txt
	@$(PY) -m tests.provision
	@exec $(PY) -m pytest -n 2 --dist loadfile $(PYTEST)

check: ## look at style and types
	@sh portal/launch/install.sh requirements-dev.txt
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

gallery: ## draw every page and mail into gallery/, with contact sheets, and let axe look at each (README=1: the README's three too)
	@sh portal/launch/install.sh requirements-dev.txt
	@exec $(PY) -m tests.gallery $(if $(README),--readme)

language: ## bring translations/ up to date with what is said; LANGUAGE=fr starts another language
	@sh portal/launch/install.sh requirements.txt
	@exec $(PY) -m portal.catalogs $(LANGUAGE)

lock: ## choose versions anew, into the locked files (UPGRADE=1: the newest)
	@test -x .tools/lock/bin/uv || { python3 -m venv .tools/lock && .tools/lock/bin/pip install --quiet uv; }
	.tools/lock/bin/$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.txt
	.tools/lock/bin/$(LOCK) $(if $(UPGRADE),--upgrade) --extra scale -c requirements.txt pyproject.toml -o requirements-scale.txt
	.tools/lock/bin/$(LOCK) $(if $(UPGRADE),--upgrade) --extra dev -c requirements-scale.txt pyproject.toml -o requirements-dev.txt

fuzz: ## send the API a great many requests; FUZZ_EXAMPLES says how many an operation gets
	@sh portal/launch/install.sh requirements-dev.txt
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} exec $(PY) -m pytest tests/api/test_fuzz.py

mutate: ## take the guards out one by one, in a copy, and see that the tests notice each
	@sh portal/launch/install.sh requirements-dev.txt
	@exec $(PY) -m tests.mutate

torture: ## kill, stop, fill and starve what the portal stands on, at length; TORTURE="mail" chooses parts
	@sh portal/launch/install.sh requirements-dev.txt
	@exec $(PY) -m tests.torture $(TORTURE)

bench: ## measure, and compare with better-auth; BENCH="--quick growth" chooses parts, or one short round
	@sh portal/launch/install.sh requirements-dev.txt
	@exec $(PY) -m bench $(BENCH)

audit: ## ask the package index what is known against each locked package; 1: something is, 2: it did not answer for all
	@sh portal/launch/install.sh requirements-dev.txt
	@exec $(PY) -m tests.supply audit

sbom: ## write what an installation consists of into sbom.cdx.json, as CycloneDX
	@sh portal/launch/install.sh requirements-dev.txt
	@exec $(PY) -m tests.supply sbom

clean: ## remove what was installed and built; instance/ stays
	rm -rf $(VENV) .tools/lock .tools .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
