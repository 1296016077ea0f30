# Stands for the first step of a release's build where the suite itself runs it: what the later steps would install is
# there already. PREFIX: a virtual environment; MODULES: a node_modules.
ready:
	mkdir -p .venv/bin frontend/node_modules
	ln -s $(PREFIX)/lib .venv/lib
	ln -s $(PREFIX)/bin/python .venv/bin/python
	cp $(PREFIX)/pyvenv.cfg .venv/
	find $(MODULES)/ -mindepth 1 -maxdepth 1 -exec ln -s {} frontend/node_modules/ ';'
	rm -f frontend/node_modules/.installed
	touch .venv/bin/.installed frontend/node_modules/.installed
