"""One round trip a statement.

Left to itself, pg8000 asks PostgreSQL three times for every statement (parse; describe and bind; execute), once more
to begin its transaction, three times to commit it, and four times to see whether a pooled connection still lives:
eleven round trips for one SELECT, each a millisecond or more over a network. The protocol lets all messages of a
statement be sent together up to one Sync, as libpq does it
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY). That is done here with pg8000's
own messages and its own reading of the answers: three round trips for the same SELECT.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

from pg8000.converters import make_params
from pg8000.core import DESCRIBE, NULL_BYTE, PORTAL, SYNC_MSG, Context, _flush, _write
from pg8000.dbapi import convert_paramstyle
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

TIMESTAMPTZ = 1184  # its object identifier in pg_type


class OneTrip(PGDialect_pg8000):
    """SQLAlchemy's dialect for pg8000, with fewer round trips."""

    supports_statement_cache = True

    def on_connect(self) -> Callable[[Any], None]:
        usual = super().on_connect()  # type: ignore[no-untyped-call]

        def prepare(connection: Any) -> None:
            if usual is not None:
                usual(connection)
            connection.register_in_adapter(TIMESTAMPTZ, moment)

        return prepare

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: object = None) -> None:
        """The statement, and with it the transaction's begin if it is the first."""
        connection, answer = cursor._c, Context(statement)
        given = make_params(connection.py_types, parameters)
        begin = None
        if not connection._in_transaction and not connection.autocommit:
            begin = Context("begin transaction")
            connection.send_QUERY(begin.statement)
        if given:
            _send(connection, _numbered(statement, len(given)), given, cursor._input_oids)
        else:
            connection.send_QUERY(statement)
        _flush(connection._sock)
        if begin is not None:
            _read_begun(connection, begin)
        connection.handle_messages(answer)
        cursor._context, cursor._input_oids = answer, ()
        cursor._row_iter = None if answer.rows is None else iter(answer.rows)

    def do_ping(self, connection: Any) -> bool:
        """Whether a connection out of the pool still lives. Begins no transaction. pg8000 lets a reset that it meets
        as it begins to read through as the system's own error, which SQLAlchemy would not take for an answer."""
        try:
            connection.execute_simple("SELECT 1")
        except OSError:
            return False
        return True

    def do_terminate(self, connection: Any) -> None:
        """Let go of a connection that is lost: that its server takes no goodbye is no news, and no error to log."""
        with suppress(self.loaded_dbapi.InterfaceError):
            connection.close()

    def do_commit(self, connection: Any) -> None:
        if connection._in_transaction:
            connection.execute_simple("commit")

    def do_rollback(self, connection: Any) -> None:
        if connection._in_transaction:
            connection.execute_simple("rollback")


def moment(text: str) -> datetime | str:
    """A timestamptz in PostgreSQL's ISO form, read ten times as fast as by pg8000's `strptime`. What is no moment of
    Python's (`infinity`, a year of five digits) stays text, as it does there."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _send(connection: Any, statement: str, parameters: Sequence[str | None], oids: Sequence[int]) -> None:
    """The messages of an unnamed statement and its portal, left to be flushed."""
    connection.send_PARSE(NULL_BYTE, statement, oids)
    connection.send_BIND(NULL_BYTE, parameters)
    connection._send_message(DESCRIBE, PORTAL + NULL_BYTE)
    connection.send_EXECUTE()
    _write(connection._sock, SYNC_MSG)


def _read_begun(connection: Any, begin: Context) -> None:
    """Read that a transaction has begun. If it has not, the answer to what was sent with it is still on the wire, and
    nobody else may read it."""
    try:
        connection.handle_messages(begin)
    except Exception:
        connection.close()
        raise


@lru_cache(1000)
def _numbered(statement: str, parameters: int) -> str:
    """The statement with `$1`, `$2` … for its placeholders, as PostgreSQL wants them: pg8000 looks for them letter by
    letter, at each execution anew."""
    return str(convert_paramstyle("format", statement, (None,) * parameters)[0])
