"""The migrations make what the models say, can be undone, and two at once do no harm."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from alembic import command
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from local.postgres import Server
from shared.db.engine import by_url
from shared.db.migrating import alembic_config, upgrade
from shared.db.models import Base

_numbers = itertools.count(1)


@pytest.fixture
def empty(server: Server) -> Iterator[Engine]:
    """An engine on a database with nothing in it."""
    name = f"migrations_{next(_numbers)}"
    server.create_database(name)
    made = by_url(server.dsn(name), 4)
    yield made
    made.dispose()
    server.drop_database(name)


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def functions(engine: Engine) -> set[str]:
    """Functions of ours."""
    with engine.begin() as connection:
        query = text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        return set(connection.execute(query).scalars())


def test_from_nothing_to_every_table(empty: Engine) -> None:
    assert tables(empty) == set()
    upgrade(empty)
    assert tables(empty) == set(Base.metadata.tables) | {"alembic_version"}


def test_the_migrations_and_the_models_say_the_same(empty: Engine) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        command.check(alembic_config(connection))


def test_a_model_without_a_migration_would_be_noticed(empty: Engine) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("ALTER TABLE vms DROP COLUMN looks"))
        with pytest.raises(Exception, match=r"vms.*looks"):
            command.check(alembic_config(connection))


def test_down_to_nothing_and_up_again(empty: Engine) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert tables(empty) == {"alembic_version"}
    assert functions(empty) == set()
    upgrade(empty)
    assert tables(empty) == set(Base.metadata.tables) | {"alembic_version"}


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO name_counters (stem, last) VALUES ('django', 7)"))
    upgrade(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT last FROM name_counters")).scalar_one() == 7


def test_two_upgrades_at_once_do_no_harm(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(upgrade, empty) for _ in range(4)]:
            done.result(timeout=30)
    with empty.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
        command.check(alembic_config(connection))


def test_the_platforms_clock_runs_on_within_a_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        first, second = (connection.execute(select(func.platform_now())).scalar_one() for _ in range(2))
        real = connection.execute(select(func.clock_timestamp())).scalar_one()
    assert isinstance(first, datetime)
    assert first.tzinfo is not None
    assert first < second < real


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log CASCADE",
        "DELETE FROM audit_log WHERE false",
    ],
)
def test_the_audit_log_can_only_grow(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO audit_log (actor_kind, actor_id, action) VALUES ('user', 'ann', 'signed_in')")
        )
    with pytest.raises(DBAPIError, match="audit_log is append-only"), engine.begin() as connection:
        connection.execute(text(change))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT action FROM audit_log")).scalars().all() == ["signed_in"]


def test_a_reservation_is_whole_or_absent_and_a_state_is_a_known_one(engine: Engine) -> None:
    checks = {check["name"] for check in inspect(engine).get_check_constraints("vms")}
    assert checks >= {"whole_reservation", "known_state"}
