# The house around the code. `make test` is everything; legal staff need only `hjemmel check`
# and `hjemmel test`. Each target makes its own environment: python3, make and a network will do.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PIP := -m pip --disable-pip-version-check -qq

# durable-rules is C and comes without wheels: it is built once and the wheel kept. Python 3.13 has
# lost a name it uses, and gets the name's successor; on 3.11 and 3.12 the old name wins.
export CPPFLAGS += -DPyEval_CallObject=PyObject_CallObject
DURABLE := $(shell sed -n 's/^ *"\(durable-rules==[^"]*\)".*/\1/p' pyproject.toml)

# What pyproject.toml asks for, a line each; with `oldest`, the lower bounds as constraints.
REQUIREMENTS := \
	import sys, tomllib; \
	project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	lines = project["dependencies"] + project["optional-dependencies"].get(sys.argv[1], []); \
	lines = [line for line in lines if "durable" not in line]; \
	print(*[line.replace(">=", "==") if sys.argv[1] == "oldest" else line for line in lines], sep="\n")

# $(call install,PYTHON,PROJECT,OPTIONS): the project and its libraries, without durable-rules
# where that could not be built. $(call install_dev,…): the tools of the trade as well.
define install_with
	if ls .venv/wheels/durable_rules-*.whl >/dev/null 2>&1; then \
		"$(1)" $(PIP) install --find-links .venv/wheels $(3) $(2)$(if $(4),"[$(4)]"); \
	else \
		"$(1)" -c '$(REQUIREMENTS)' $(or $(4),none) >.venv/requirements.txt; \
		"$(1)" $(PIP) install $(3) --requirement .venv/requirements.txt; \
		"$(1)" $(PIP) install --no-deps $(2); \
	fi
endef
install = $(call install_with,$(1),$(2),$(3),)
install_dev = $(call install_with,$(1),$(2),$(3),dev)

.DEFAULT_GOAL := help
.PHONY: help demo check test docs bench test-wheel test-lowest clean

help:
	@echo "make demo         see it work, from request to letter"
	@echo "make test         everything: check, all tests, and the wheel on its own"
	@echo "make check        the fast part: format, lint, types, and the rules themselves"
	@echo "make docs         the tests of the documentation"
	@echo "make test-lowest  all tests once more, with the oldest libraries we allow"
	@echo "make bench        ours and its peers side by side on this machine; writes docs/explanation/benchmarks.md"
	@echo "make clean        remove all that was made here"
	@echo "Another Python:   make clean, then make PYTHON=python3.12 test (3.11, 3.12 or 3.13)"

demo: $(READY)
	@$(BIN)/hjemmel demo

check: $(READY)
	@echo "== format, lint, types"
	@$(BIN)/ruff format --check --quiet . || { echo "these are not formatted; $(BIN)/ruff format does it:"; $(BIN)/ruff format --check .; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@echo "== rules"
	@$(BIN)/hjemmel check

test: check
	@echo "== tests"
	@$(BIN)/pytest --quiet --numprocesses auto --dist loadfile
	@$(MAKE) --no-print-directory test-wheel

docs: $(READY)
	@$(BIN)/pytest --quiet tests/documentation

# The peers are installed for this alone. It takes some minutes, and wants a machine to itself.
bench: $(READY)
	@$(call install_with,$(BIN)/python,--editable .,,bench)
	@$(BIN)/python -m benchmarks

# What a stranger gets: the source archive is unpacked, the wheel built from it and installed in an
# environment of its own, away from this folder, and asked to decide a case.
test-wheel: $(READY)
	@echo "== the wheel on its own"
	@set -e; away=$$(mktemp -d); trap 'rm -rf "$$away"' EXIT; rm -rf dist; \
	$(BIN)/hatchling build -t sdist >/dev/null; \
	tar -xzf dist/hjemmel-*.tar.gz -C "$$away"; \
	(cd "$$away"/hjemmel-* && "$(CURDIR)/$(BIN)/hatchling" build -t wheel -d "$(CURDIR)/dist" >/dev/null); \
	$(BIN)/python -m venv "$$away/venv"; \
	$(call install,$$away/venv/bin/python,dist/hjemmel-*.whl,); \
	cp examples/als.yaml "$$away"; cd "$$away"; \
	venv/bin/hjemmel --version; \
	venv/bin/hjemmel decide als.yaml --municipality eksempelkommune >decision.txt || { cat decision.txt; exit 1; }; \
	head -n 3 decision.txt

test-lowest: $(READY)
	@set -e; $(BIN)/python -m venv .venv/lowest; \
	$(BIN)/python -c '$(REQUIREMENTS)' oldest >.venv/oldest.txt; \
	$(call install_dev,.venv/lowest/bin/python,--editable .,--constraint .venv/oldest.txt)
	@.venv/lowest/bin/pytest --quiet --numprocesses auto --dist loadfile

clean:
	@rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made anew when pyproject.toml changes; the mark is set only when all of it went well.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "hjemmel needs Python 3.11, 3.12 or 3.13; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "== making .venv (once; about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP) wheel --no-deps --no-cache-dir --wheel-dir .venv/wheels $(DURABLE) >.venv/durable.log 2>&1 || true
	@set -e; $(call install_dev,$(BIN)/python,--editable .,)
	@$(BIN)/python -c 'import durable_rules_engine' 2>>.venv/durable.log \
		|| echo "durable-rules could not be built (is there a C compiler? see .venv/durable.log);" \
			"the reference interpreter decides alone, and every decision says so"
	@touch $@
