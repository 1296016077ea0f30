"""Google's Firestore client against our emulator or against Google's, for the tests beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from google.cloud import firestore

from local.firestore.app import make
from local.server import free_port, in_thread
from tests.conformance.google_emulators import NotInstalled, google_firestore


@contextmanager
def running(side: str) -> Iterator[firestore.Client]:
    """A client of the emulator of one side, "ours" or "google"; skips where Google's is not installed."""
    try:
        with our_firestore() if side == "ours" else google_firestore() as address:
            yield client_of(address)
    except NotInstalled as missing:
        pytest.skip(str(missing))


def client_of(address: str) -> firestore.Client:
    with patch.dict(os.environ, FIRESTORE_EMULATOR_HOST=address):
        return firestore.Client(project="demo")


@contextmanager
def our_firestore() -> Iterator[str]:
    port = free_port()
    with in_thread(make(None, port)):
        yield f"127.0.0.1:{port}"
