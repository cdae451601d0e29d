# Everything a newcomer, a developer and CI need; `make demo` first.
# The virtual environment is made once, from locks with hashes, by the rules with a stamp.

PYTHON ?= python3.11
PORT ?= 8000
ARGS ?=
BIN := .venv/bin

.PHONY: demo serve install test check test-long bench evaluation lint types layers migrations fix
.NOTPARALLEL:

# Start everything with data of people who do not exist. Ctrl-C stops it.
demo: .venv/runtime.stamp
	$(BIN)/python manage.py serve --demo --port $(PORT) $(ARGS)

# Start everything, empty.
serve: .venv/runtime.stamp
	$(BIN)/python manage.py serve --port $(PORT) $(ARGS)

# On a PostgreSQL server of one's own; docs/operations.md says how.
install: .venv/runtime.stamp
	$(BIN)/python -m governance.install $(ARGS)

# What a change must pass; pytest's closing line comes last.
test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: lint types layers migrations

# The campaigns in full; a test that is skipped counts as failed.
test-long: check
	$(BIN)/python -m pytest -n 2 --dist worksteal --long -o faulthandler_timeout=0 $(ARGS)

# Each prints ratios against a peer or a limit measured in the same run.
bench: .venv/dev.stamp
	@for program in bench/*.py; do \
		[ -e "$$program" ] || continue; \
		echo "== $$program"; \
		$(BIN)/python "$$program" $(ARGS) || exit 1; \
	done

# How well discovery finds, written into docs/discovery-evaluation.md.
evaluation: .venv/dev.stamp
	$(BIN)/python -m tests.discovery.evaluation

lint: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/dev.stamp
	$(BIN)/mypy

layers: .venv/dev.stamp
	$(BIN)/lint-imports

migrations: .venv/dev.stamp
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

fix: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# These read the settings and open nothing: the addresses lead nowhere.
NOWHERE := /custode?host=%2Fnonexistent
types layers migrations: export DATABASE_URL := postgresql://custode_app@$(NOWHERE)
types layers migrations: export DATABASE_OWNER_URL := postgresql://custode_owner@$(NOWHERE)
types layers migrations: export DATABASE_PORTAL_URL := postgresql://custode_portal@$(NOWHERE)
types layers migrations: export DATABASE_CASE_URL := postgresql://custode_case@$(NOWHERE)
types layers migrations: export DATABASE_AUDITOR_URL := postgresql://custode_auditor@$(NOWHERE)
types layers migrations: export DATABASE_BACKUP_URL := postgresql://custode_backup@$(NOWHERE)
types layers migrations: export KEYSTORE_URL := postgresql://custode_keys@$(NOWHERE)
types layers migrations: export KEYSTORE_OWNER_URL := postgresql://custode_keys_owner@$(NOWHERE)
types layers migrations: export CELERY_BROKER_URL := memory://
types layers migrations: export CUSTODE_SECRET_KEY := only for checks that open nothing
types layers migrations: export CUSTODE_ROOT_KEY_FILE := /nonexistent/root.key
types layers migrations: export CUSTODE_BASE_URL := https://custode.example.org
types layers migrations: export CUSTODE_DATABASE_ROLE := app
types layers migrations: export CUSTODE_DEBUG := 0

.venv/%.stamp: requirements/%.lock requirements/bootstrap.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(BIN)/python -m ensurepip
	@# uv installs in a tenth of the time; where it can not be had, or finds no index, pip does.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/bootstrap.lock \
	&& $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $< \
	|| $(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r $<
	@# So that plain `pytest` and `celery` find the packages from anywhere.
	echo '$(CURDIR)' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/custode.pth"
	touch $@
