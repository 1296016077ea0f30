"""What the fault suite shares: a world in whose cloud things take time and whose regions hold a crowd, observed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.faults.observing import Eye, observer
from tests.faults.worlds import whole_world
from tests.integration.conftest import databases, dsn, engine, no_pauses, server
from tests.integration.google_account import google_account
from tests.integration.world import World

__all__ = ["databases", "dsn", "engine", "google_account", "no_pauses", "server"]

ROOM = 10_000  # vCPUs in each region: a crowd is not to be in its own way


@pytest.fixture
def here(engine: Engine) -> Iterator[World]:
    with whole_world(engine, ROOM) as made:
        yield made


@pytest.fixture
def eye(here: World) -> Iterator[Eye]:
    with observer(here) as made:
        yield made
