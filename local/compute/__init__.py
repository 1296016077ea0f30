"""The emulated Compute Engine: `python -m local.compute --port N [--state FOLDER] [--latency SECONDS]`."""

from local.compute.app import make_app

__all__ = ["make_app"]
