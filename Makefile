# Two commands matter: `make book` and `make test`. `make help` lists the others.

SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN ?= .venv/bin
STAMP := .venv/.installed
# Any of these will do, the first that is new enough is taken.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	2>/dev/null && echo $$p && break; done)
# Which PyTorch: the pinned one, or `make test TORCH=torch` for the newest.
TORCH ?= $(shell grep -om1 '^torch==[^ ]*' requirements.txt)
# One thread a worker: more of them only wait for each other.
WORKERS ?= 2
# What `make bench` measures: cpu or cuda.
DEVICE ?= cpu
CODE := course_lib tests book/_ext $(wildcard exercises/_source/[a-z]*.py)
NOTEBOOKS := $(wildcard book/*.ipynb exercises/*.ipynb solutions/*.ipynb)
EXECUTED := $(wildcard book/*.ipynb solutions/*.ipynb)

.PHONY: help book pdf test site-test serve execute exercises mutants grade gradescope bench lint format address pages colab clean

help: ## say what each command does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found. Install one, or say where it is: make PYTHON=/path/to/python"; exit 1; }
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@echo "Installing into .venv: PyTorch first, then the rest (some minutes, once)."
	@.venv/bin/pip install -qq --disable-pip-version-check "$(TORCH)"
	@.venv/bin/pip install -qq --disable-pip-version-check -r <(grep -v '^torch==' requirements.txt)
	@.venv/bin/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

book: $(STAMP) ## make the environment, build the book, say where it is
	@$(MAKE) --no-print-directory pages
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

pages: # the build alone, with whatever environment BIN names
	@# Sphinx copies style sheets only when a page changed: start afresh for those.
	@! find book/_static book/_ext _config.yml -type f ! -name '*.pyc' \
		-newer _build/html/index.html 2>/dev/null \
		| grep -q . || rm -rf _build
	@$(BIN)/jupyter-book build . --toc book/_toc.yml -W -n --keep-going -q || { \
		rm -rf _build/.doctrees; exit 1; } # the next build must warn again

test: lint book ## make the environment and run everything that CI runs
	@$(BIN)/python book/_ext/browser.py
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

site-test: $(STAMP) ## build the book and open every page in a browser
	@$(BIN)/python book/_ext/browser.py
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p no:xdist tests/site

pdf: book ## print the whole book into _build/attention.pdf (needs Chromium)
	@$(BIN)/python book/_ext/pdf.py

serve: book ## build the book and serve it on http://localhost:8000
	$(BIN)/python -m http.server --directory _build/html 8000

execute: $(STAMP) ## run the book's and the solutions' notebooks afresh (NB=path: one)
	$(BIN)/python book/_ext/notebooks.py execute $(or $(NB),$(EXECUTED))

exercises: $(STAMP) ## make exercises from exercises/_source, and say what they lack
	$(BIN)/python exercises/_source/build.py
	$(BIN)/python book/_ext/notebooks.py execute solutions/*.ipynb
	OMP_NUM_THREADS=1 $(BIN)/python exercises/_source/standard.py

grade: $(STAMP) ## grade a notebook: make grade NB=exercises/03_soft_attention.ipynb
	@test -n "$(NB)" || { echo "Which notebook? make grade NB=exercises/03_soft_attention.ipynb"; exit 1; }
	@$(BIN)/python book/_ext/notebooks.py grade $(NB)

build/mutmut: tests/mutmut.txt
	@rm -rf $@
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --target $@ -r $<
	@touch $@

mutants: $(STAMP) build/mutmut ## change solved answers bit by bit; do the tests notice? (minutes)
	PYTHONPATH=$(CURDIR)/build/mutmut $(BIN)/python tests/mutation.py

gradescope: $(STAMP) ## make Gradescope's archives (INDEX=where pip finds a CPU PyTorch)
	@$(BIN)/python -m course_lib.grading gradescope build/gradescope $(if $(INDEX),--index $(INDEX))

build/peers: tests/bench/peers.txt
	@rm -rf $@
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --target $@ -r $<
	@touch $@

bench: $(STAMP) build/peers ## measure speed against other libraries (20 minutes)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/bench -o norecursedirs= -p no:xdist -s
	OMP_NUM_THREADS=1 PYTHONPATH=build/peers $(BIN)/python -W ignore tests/bench/compare.py \
		--device $(DEVICE) --out book/results/speed_$(subst cuda,gpu,$(DEVICE)).json
	$(BIN)/python tests/bench/table.py

lint: $(STAMP) ## style, types, and the form of the notebooks
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
ifneq ($(NOTEBOOKS),)
	$(BIN)/ruff check --line-length 79 $(NOTEBOOKS)
	$(BIN)/ruff format --check --line-length 79 $(NOTEBOOKS)
endif
	$(BIN)/mypy
	$(BIN)/python book/_ext/address.py --check
ifneq ($(NOTEBOOKS),)
	$(BIN)/python book/_ext/notebooks.py check $(NOTEBOOKS)
endif

format: $(STAMP) ## put code and notebooks into the one style
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
ifneq ($(NOTEBOOKS),)
	$(BIN)/ruff format --line-length 79 $(NOTEBOOKS)
endif

address: $(STAMP) ## copy the public address from _config.yml to everywhere else
	$(BIN)/python book/_ext/address.py

colab: ## run all notebooks with the Python that is there, as Colab would (its image)
	$(or $(PYTHON),python3) -m pip install -q . pytest nbval
	$(or $(PYTHON),python3) -m pytest -c /dev/null --rootdir . -p no:cacheprovider --nbval-lax $(NOTEBOOKS)

clean: ## remove what was built (the environment stays)
	rm -rf _build build *.egg-info .pytest_cache .mypy_cache .ruff_cache
