"""What a function's database user may do where it is deployed: PostgreSQL's own for reading and writing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from shared.db.engine import by_url
from tests.integration.people import ADDRESS, PASSWORD, accounts
from tests.terraform.reading import local

USER = "a_function"


@pytest.fixture
def restricted(engine: Engine, dsn: str) -> Iterator[Engine]:
    """An engine as a user with the roles that Terraform gives to a function's."""
    roles = str(local("database_users")).rpartition(":")[2]
    granted = [role for role in ("pg_read_all_data", "pg_write_all_data") if role in roles]
    assert len(granted) == 2
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'"))
        connection.execute(text(f"GRANT {', '.join(granted)} TO {USER}"))
    url = make_url(dsn).set(username=USER, password=PASSWORD)
    made = by_url(url.render_as_string(hide_password=False), 4)
    yield made
    made.dispose()
    with engine.begin() as connection:
        connection.execute(text(f"DROP ROLE {USER}"))


def test_they_are_enough_for_every_table_and_for_what_the_functions_do(engine: Engine, restricted: Engine) -> None:
    with restricted.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == USER
        for table in inspect(engine).get_table_names():
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                asked = text("SELECT has_table_privilege(:table, :right)")
                assert connection.scalar(asked, {"table": table, "right": right}), (table, right)
    accounts(restricted).sign_up("ada@example.com", PASSWORD, None, ADDRESS)
    assert accounts(restricted).sign_in("ada@example.com", PASSWORD, ADDRESS, None)


def test_they_change_neither_tables_nor_what_was_audited(restricted: Engine) -> None:
    accounts(restricted).sign_up("ada@example.com", PASSWORD, None, ADDRESS)
    for statement in (
        "CREATE TABLE mine (id int)",
        "ALTER TABLE audit_log DISABLE TRIGGER append_only",
        "UPDATE audit_log SET action = 'nothing'",
        "DROP TABLE vms",
        "CREATE OR REPLACE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    ):
        with pytest.raises(DBAPIError), restricted.begin() as connection:
            connection.execute(text(statement))
