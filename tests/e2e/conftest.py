"""One whole platform for the end-to-end tests of a worker: started once, its Compute Engine without latency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.platform import Platform
from local.server import free_port

# Limits that honest people keep, and tests that approve by the dozen do not.
ROOMY = {"CREATION_LIMIT": "100000", "SUGGESTION_LIMIT": "100000", "SIGN_IN_LIMIT": "1000"}


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with roomy(tmp_path_factory.mktemp("platform")) as here:
        yield here


@contextmanager
def roomy(folder: Path) -> Iterator[Platform]:
    """A platform in the folder, until the end of the block."""
    here = Platform(folder, port=free_port(), latency=0.0, durable=False, overrides=ROOMY)
    with here:
        yield here
    here.postgres.destroy()
