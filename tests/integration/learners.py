"""Who learns and who is learned from, for the tests of fine-tuning."""

from __future__ import annotations

import pytest

from shared.domain.vm import Actor
from tests.integration.lessons import (
    Provider,
    a_lesson,
    consents,
    provider,
)
from tests.integration.people import ADDRESS, person


@pytest.fixture
def root(engine) -> Actor:
    return Actor("admin", person(engine, "root@example.com", "admin").id, ADDRESS)


@pytest.fixture
def ada(engine) -> str:
    """Somebody whose requests may be learned from."""
    owner = person(engine, "ada@example.com").id
    consents(engine, owner)
    return owner


@pytest.fixture
def there(engine):
    with provider(engine) as made:
        yield made


@pytest.fixture
def taught(engine, ada, there) -> Provider:
    a_lesson(engine, ada)
    return there
