"""Messages of the outbox are claimed as many as were asked for, however PostgreSQL plans it."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from shared.db.models import OutboxRow, table
from shared.db.notices import PostgresNotices
from shared.db.outbox import PostgresOutbox

PLANS = {
    "as it likes": (),
    "row by row": ("hashjoin", "mergejoin", "material", "hashagg", "indexscan", "bitmapscan"),
    "by merging": ("hashjoin", "nestloop", "hashagg"),
}


@pytest.fixture(params=PLANS.values(), ids=PLANS)
def planned(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    """An engine whose statements are planned without these ways, where there is another. What PostgreSQL takes by
    itself hangs on when the table was last analyzed: empty, say."""

    def without(connection: Connection) -> None:
        for way in request.param:
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")

    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE outbox")
    event.listen(engine, "begin", without)
    return engine


def written(engine: Engine, *kinds: str) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table(OutboxRow)), [{"kind": kind, "vm_id": "vm", "body": {}} for kind in kinds])


def tries(engine: Engine) -> list[int]:
    outbox = table(OutboxRow)
    with engine.begin() as connection:
        return list(connection.execute(select(outbox.c.tries).order_by(outbox.c.id)).scalars())


def test_one_notice_is_claimed_at_a_time(planned: Engine) -> None:
    written(planned, "mail", "hook", "mail")
    notices = PostgresNotices(planned)
    for claimed in ([1, 0, 0], [1, 1, 0], [1, 1, 1]):
        assert notices.take(("mail", "hook")) is not None
        assert tries(planned) == claimed
    assert notices.take(("mail", "hook")) is None


def test_no_more_messages_are_claimed_than_the_relay_takes(planned: Engine) -> None:
    written(planned, *["look"] * 5)
    outbox = PostgresOutbox(planned)
    assert [message.id for message in outbox.take("vm", 2)] == [1, 2]
    assert tries(planned) == [1, 1, 0, 0, 0]
    assert [message.id for message in outbox.take(None, 4)] == [3, 4, 5]
