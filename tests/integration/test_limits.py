"""The shared counters on real PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.db.limits import PostgresLimiter
from shared.domain.errors import TooMany
from shared.services.limiting import Limit
from tests.integration.people import move

MINUTE = timedelta(minutes=1)


def at_the_start_of_a_minute(engine) -> None:
    """Stop the database's clock there: these tests count in windows."""
    stop(engine, timedelta(0))


def stop(engine, after: timedelta) -> None:
    moment = f"timestamptz '2030-01-01 00:00Z' + interval '{after.total_seconds()} seconds'"
    with engine.begin() as connection:
        connection.execute(
            text(f"CREATE OR REPLACE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql AS $$SELECT {moment}$$")
        )


@pytest.fixture
def limiter(engine) -> PostgresLimiter:
    at_the_start_of_a_minute(engine)
    return PostgresLimiter(engine)


def test_one_more_than_the_limit_is_told_when_to_come_back(engine, limiter):
    for _ in range(3):
        limiter.hit("k", 3, MINUTE)
    with pytest.raises(TooMany) as refused:
        limiter.hit("k", 3, MINUTE)
    after = refused.value.extra["retry_after"]
    stop(engine, timedelta(seconds=after - 1))
    with pytest.raises(TooMany):
        limiter.hit("k", 3, MINUTE)
    stop(engine, timedelta(seconds=after))
    limiter.hit("k", 3, MINUTE)


def test_what_is_refused_is_not_counted(engine, limiter):
    for _ in range(3):
        limiter.hit("k", 3, MINUTE)
    for _ in range(50):
        with pytest.raises(TooMany):
            limiter.hit("k", 3, MINUTE)
    stop(engine, timedelta(seconds=81))  # 3 × 39/60 + 1 < 3
    limiter.hit("k", 3, MINUTE)


def test_keys_are_counted_apart_and_can_be_forgiven(limiter):
    limiter.hit("a", 1, MINUTE)
    limiter.hit("b", 1, MINUTE)
    with pytest.raises(TooMany):
        limiter.hit("a", 1, MINUTE)
    limiter.forgive("a")
    limiter.hit("a", 1, MINUTE)


def test_of_many_at_once_the_limit_gets_through(limiter):
    def hit(_: int) -> bool:
        try:
            limiter.hit("k", 5, MINUTE)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(hit, range(30))) == 5


def test_old_windows_are_forgotten_and_live_ones_are_not(engine, limiter):
    limiter.hit("old", 3, MINUTE)
    move(engine, timedelta(days=365 * 50))
    limiter.hit("new", 3, MINUTE)
    assert limiter.forget_old() == 1


def test_an_office_shares_an_address_and_a_person_does_not_share_their_limit(limiter):
    limit = Limit(limiter, "sign_in", 2, MINUTE)
    for number in range(5):
        limit.hit(f"p{number}", "192.0.2.1")
        limit.hit(f"p{number}", "192.0.2.1")
    with pytest.raises(TooMany):
        limit.hit("p6", "192.0.2.1")
    with pytest.raises(TooMany):
        limit.hit("p0", "192.0.2.2")
    limit.hit("p6", "192.0.2.2")
