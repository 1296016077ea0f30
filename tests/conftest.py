"""For all tests: none speaks to anything outside this machine."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code's
settings.load_profile("untimed")

END = "-----END CERTIFICATE-----\n"


def pytest_configure(config: pytest.Config) -> None:
    """One authority instead of all the system's, here and in the processes that tests start: every client of httpx, of
    OpenAI's and of Google's reads them, and each would spend a good part of its time on what it never meets."""
    folder = TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    one = Path(folder.name) / "authority.pem"
    one.write_text("".join(Path(certifi.where()).read_text().partition(END)[:2]))
    os.environ["SSL_CERT_FILE"] = str(one)
