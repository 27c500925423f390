# Everything a person types. `make help` lists it; the first command sets everything up.

ENV ?= sandbox
KEEP ?=
# From the command line only: some systems have a NAME in the environment.
NAME =
CIDR =
TO =
TIERS =
UV_VERSION := 0.13.9

# The virtual environment holds Python, uv, node and cdk: nothing else on the machine is used.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
SETUP := .venv/.ready
# One worker a core; tests that share a stand-in stay together.
PYTEST := pytest -q --numprocesses auto --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help setup new deploy-local test test-quick evidence synth report diff deploy destroy check docs mutants bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(SETUP) ## Install Python packages, Node.js and the CDK CLI into this folder

$(SETUP): pyproject.toml uv.lock package.json package-lock.json
	@command -v uv >/dev/null || { echo "Creating .venv"; python3 -m venv .venv && .venv/bin/pip install --quiet uv==$(UV_VERSION); }
	@echo "Installing Python packages and Node.js"
	@uv sync --frozen --quiet
	@echo "Installing the CDK CLI"
	@npm ci --silent
	@touch $@

new: $(SETUP) ## Start a project of your own: NAME=my-project CIDR=10.32.0.0/16 TIERS="cache:app:6379" TO=../NAME
	@echo "Copying, and proving sandbox and production of the copy, which takes a minute or two"
	@python -m stacks.new_project --name="$(NAME)" --cidr="$(CIDR)" --to="$(TO)" --tiers="$(TIERS)"
	@echo "$(or $(TO),../$(NAME)) is ready: cd there, make test, git commit"

deploy-local: ENV = two-accounts
deploy-local: $(SETUP) ## Deploy ENV to a local AWS stand-in and show it; KEEP=1 keeps it up
	@rm -rf build/local
	@# Without the CLI, which would ask AWS for the account of your profile.
	@CDK_CONTEXT_JSON='{"environment": "$(ENV)"}' CDK_OUTDIR=build/local python app.py
	@python -m rehearsal build/local $(if $(KEEP),--keep) --then python -m proofs build/local --live

test: $(SETUP) ## Run the tests, the rehearsal included
	@$(PYTEST) -m "not exhaustive"

test-quick: $(SETUP) ## Run the tests without the rehearsal and the slow ones
	@$(PYTEST) -m "not exhaustive and not rehearsal and not slow"

evidence: $(SETUP) ## Run the long tests: random networks, every seeded danger, production rehearsed
	@$(PYTEST) -m exhaustive

synth: $(SETUP) ## Synthesize and validate ENV; ends with what bills by the hour
	@cdk synth --quiet --no-lookups -c environment=$(ENV)
	@python -m proofs.hourly cdk.out

report: $(SETUP) ## Write the posture report of ENV: report/index.html, picture.png and posture.json
	@cdk synth --quiet --no-lookups --no-notices -c environment=$(ENV) --output build/report/$(ENV)
	@python -m posture build/report/$(ENV) --output report

diff: $(SETUP) ## Compare ENV with what is deployed in the AWS account
	@cdk diff --all -c environment=$(ENV)

deploy: $(SETUP) ## Deploy ENV to the AWS account of your profile
	@cdk deploy --all -c environment=$(ENV)

destroy: $(SETUP) ## Remove ENV from the AWS account of your profile
	@cdk destroy --all -c environment=$(ENV)

check: $(SETUP) ## Lint, types, imports, templates, lock files: all that a commit must pass
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports --no-logo
	@shellcheck --external-sources --check-sourced --source-path=SCRIPTDIR workload/linux/common/boot.sh workload/linux/db/backup.sh
	@for file in environments/*.toml; do \
		name=$$(basename $$file .toml); \
		cdk synth --quiet --no-lookups --no-notices -c environment=$$name --output build/check/$$name || exit 1; \
		cfn-lint build/check/$$name/*.template.json || exit 1; \
		python -m posture build/check/$$name --check || exit 1; \
	done
	@uv lock --check --quiet
	@npm ci --dry-run --silent

docs: $(SETUP) ## Write the picture and the reference of environments into the documents
	@PYTHONPATH=. python tests/documents/generated.py

mutants: $(SETUP) ## Seed dangerous changes into the templates; print found / total a layer
	@PYTHONPATH=. python tests/proofs/mutants.py

bench: $(SETUP) ## Measure synthesis against an empty CDK app, and how the proofs grow
	@python tests/bench.py
	@PYTHONPATH=. python tests/proofs/bench.py

clean: ## Remove everything that make created
	@rm -rf .venv node_modules build cdk.out report
