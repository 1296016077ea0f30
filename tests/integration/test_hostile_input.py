"""Values that a caller can make up and PostgreSQL's driver cannot send: refused, and nobody else notices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, text

from shared.db.engine import by_url
from shared.db.registry import PostgresRegistry
from shared.db.vm_reads import PostgresVmReads
from shared.domain.errors import Invalid
from shared.domain.paging import Page
from shared.services.viewing import Viewing


@pytest.mark.parametrize(
    "cursor",
    [
        "0001-01-01T00:00:00+23:59 a",
        "9999-12-31T23:59:59-23:59 a",
        "2026-01-01T00:00:00 a",
        "2026-01-01T00:00:00+00:00 a\x00b",
        "nonsense",
    ],
)
def test_a_made_up_cursor_of_the_list_of_vms_is_refused(engine: Engine, cursor: str) -> None:
    viewing = Viewing(PostgresVmReads(engine, PostgresRegistry(engine)), "open", None)
    with pytest.raises(Invalid) as refused:
        viewing.page(("ada", False), None, [], Page(20, cursor))
    assert refused.value.code == "page_token_invalid"


def test_a_value_that_cannot_be_sent_leaves_no_answer_to_the_next_question(dsn: str) -> None:
    """pg8000 has sent half of the statement by then: its connection would answer the next caller with that half."""
    engine = by_url(dsn, 1)
    unsendable = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23)))
    try:
        with pytest.raises(OverflowError), engine.begin() as connection:
            connection.execute(text("SELECT :moment"), {"moment": unsendable})
        for number in range(3):
            with engine.begin() as connection:
                answer = connection.execute(text("SELECT 'answer ' || :n"), {"n": str(number)}).scalar()
            assert answer == f"answer {number}"
    finally:
        engine.dispose()


def test_a_cursor_that_the_list_gave_leads_on(engine: Engine) -> None:
    viewing = Viewing(PostgresVmReads(engine, PostgresRegistry(engine)), "open", None)
    given = f"{datetime.now(UTC).isoformat()} abc"
    assert viewing.page(("ada", False), None, [], Page(20, given)).items == []
