"""The rules: a VM's life, spec, quote, regions, errors. Imports nothing of ours, no cloud, no database."""
