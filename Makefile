# Everything a reader of this course runs. `make` alone lists the targets.

PYTHON ?= python3
# Relative on purpose: the folder's own name may hold a space.
PY := .venv/bin/python
READY := .venv/ready
FIRST_LECTURE := $(firstword $(sort $(wildcard lectures/0*.ipynb)))
TEXTS = lectures/*.md homework/source/*/*.md

# nbgrader finds alembic, and Jupyter its kernel, through these.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export JUPYTER_PREFER_ENV_PATH := 1

LAB_FLAGS := --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(FIRST_LECTURE)
ifeq ($(shell id -u),0)
LAB_FLAGS += --allow-root
endif
ifeq ($(shell uname -s)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
LAB_FLAGS += --no-browser
endif

.PHONY: help setup lab test bench bench-views lecture-times binder-rehearsal slides student lint sync lock
.DEFAULT_GOAL := help

help:  ## List the targets
	@echo "Neural Networks Basics. Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## Install what the course needs into .venv (lab and test do this by themselves)

$(READY): pyproject.toml constraints.txt binder/overrides.json $(wildcard presenter/*.json presenter/*/* rescue/*.json rescue/*/*)
	@echo "Setting up the course in .venv (a few minutes the first time) ..."
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv || { echo "Python could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PY) -m pip install --disable-pip-version-check --progress-bar on --constraint constraints.txt --editable '.[cluster,dev]' > .venv/setup.log 2>&1 & pip=$$!; \
	  while kill -0 $$pip 2>/dev/null; do sleep 2; printf '.'; done; echo; \
	  wait $$pip || { tail -20 .venv/setup.log; echo "The set-up stopped; .venv/setup.log has the whole story. Run the same command again to go on."; exit 1; }
	@$(PY) -m pip install --disable-pip-version-check --quiet --no-deps --upgrade --target .venv/ipykernel6 'ipykernel>=6.29.5,<7'  # for the tests
	@$(PY) -m pip install --disable-pip-version-check --quiet --no-deps --upgrade --target .venv/slides sphinx-revealjs==3.2.1 nbclassic==1.3.3  # reveal.js and MathJax, for make slides
	@$(PY) -m pip install --disable-pip-version-check --quiet --no-deps --upgrade --target .venv/site_math django-static-mathjax==3.2.2.1  # MathJax, for make site
	@mkdir -p .venv/share/jupyter/lab/settings && cp binder/overrides.json .venv/share/jupyter/lab/settings/
	@mkdir -p .venv/share/jupyter/labextensions && cp -r presenter/. .venv/share/jupyter/labextensions/nnb-presenter
	@cp -r rescue/. .venv/share/jupyter/labextensions/nnb-rescue
	@touch $(READY) && echo "Set up."

lab: $(READY)  ## Open the course in JupyterLab
	@echo "Opening JupyterLab at $(FIRST_LECTURE). Stop it with Ctrl+C."
	@$(PY) -m jupyterlab $(LAB_FLAGS)

test: $(READY)  ## Run every test
	@echo "Running every test ..."
	@$(PY) -m pytest -n 2 --dist worksteal

bench: $(READY)  ## Measure training speed beside other libraries (20 minutes; FLAGS=--quick: 2)
	@echo "Training the same networks in every library ..."
	@$(PY) benchmarks/training.py $(FLAGS)

bench-views: $(READY)  ## Measure how fast the views answer in a browser (20 minutes; FLAGS=--quick: 4)
	@echo "Opening each view in JupyterLab ..."
	@$(PY) benchmarks/views.py $(FLAGS)

lecture-times: $(READY)  ## Measure how long the lectures run, and write docs/lecture-times.md
	@$(PY) benchmarks/lecture_times.py --markdown docs/lecture-times.md

binder-rehearsal: $(READY)  ## Build the students' edition as Binder does, open each notebook, write docs/binder.md
	@$(PY) benchmarks/binder_rehearsal.py --markdown docs/binder.md

slides: $(READY)  ## Make each lecture into slides, in slides/ (a few minutes); no internet is needed to show them
	@mkdir -p slides/static
	@cp -r .venv/slides/sphinx_revealjs/_static/revealjs/. slides/static/reveal
	@cp -r .venv/slides/nbclassic/static/components/MathJax .venv/slides/nbclassic/static/components/jquery .venv/slides/nbclassic/static/components/requirejs slides/static
	@$(PY) -m jupyter nbconvert --log-level WARN --to slides --execute --config lectures/slides_config.py --output-dir slides lectures/0*.ipynb
	@echo "The slides are in slides/: open one in a browser; S shows the speaker's notes, Esc all slides."

site: $(READY)  ## Make the lectures into web pages, in site/html (a few minutes the first time; REPOSITORY=owner/name links to Binder)
	@$(PY) site/make_site.py $(if $(REPOSITORY),--repository $(REPOSITORY))

lint: $(READY)  ## Check style and the import rules
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && lint-imports

student: $(READY)  ## Write the students' edition: make student DEST=folder REPOSITORY=owner/name
	@$(if $(DEST),,echo "Name the folder to write: make student DEST=folder REPOSITORY=owner/name"; exit 2;) \
	  $(PY) -m autograder student '$(DEST)' $(if $(REPOSITORY),--repository '$(REPOSITORY)')

sync: $(READY)  ## Bring each notebook and its text twin together, and clear outputs
	@$(PY) -m jupytext --quiet --sync $(TEXTS)
	@$(PY) -m jupyter nbconvert --log-level WARN --clear-output --inplace $(TEXTS:.md=.ipynb)
	@echo "Notebooks and texts agree."

lock:  ## Write constraints.txt anew from the newest allowed versions
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --disable-pip-version-check --quiet '.[cluster,dev]'
	@{ echo "# The exact versions that were tested. Made by: make lock"; \
	   .venv-lock/bin/python -m pip freeze --exclude neural-networks-basics | sed 's/+cpu$$//'; } > constraints.txt
	@rm -rf .venv-lock build && echo "constraints.txt is new; run make test."
