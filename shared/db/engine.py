"""The way to PostgreSQL: plain pg8000 by URL, or the Cloud SQL connector with IAM by instance connection name."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL, make_url

from shared.domain.errors import Invalid

CONNECT_TIMEOUT = 10  # seconds (mission row 11), all tries together
_UNKEPT = frozenset({"22021", "22P05"})  # PostgreSQL keeps no NUL, neither in text nor in jsonb
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_NO_TLS = False  # else pg8000 loads the system's certificates (20 ms) and asks for TLS, for every connection


def by_url(database_url: str, pool_max: int) -> Engine:
    """An engine over plain pg8000. Off this machine TLS is required, whatever the URL says."""
    url = make_url(database_url)
    secure = _NO_TLS if url.host in _LOOPBACK else ssl.create_default_context()
    return _engine(url, pool_max, lambda: _dial(url, secure))


def by_connector(
    instance_connection_name: str, user: str, database: str, pool_max: int, admin_endpoint: str | None, ip_type: str
) -> Engine:
    """An engine over the Cloud SQL connector: IAM authentication, a certificate made for the hour, TLS always.

    Lazy refresh, since a function gets no CPU between two requests to refresh in the background.
    """
    from google.cloud.sql.connector import Connector

    connector = Connector(
        enable_iam_auth=True,
        refresh_strategy="lazy",
        ip_type=ip_type,
        timeout=CONNECT_TIMEOUT,
        sqladmin_api_endpoint=admin_endpoint,
    )

    def dial() -> Any:
        return connector.connect(
            instance_connection_name,
            "pg8000",
            user=user,
            db=database,
            timeout=CONNECT_TIMEOUT,
            ssl_context=_NO_TLS,  # of its own: the connector's has been made
        )

    return _engine(URL.create("postgresql"), pool_max, dial)


def _engine(url: URL, pool_max: int, dial: Callable[[], Any]) -> Engine:
    registry.register("postgresql.onetrip", "shared.db.wire", "OneTrip")
    engine = create_engine(
        url.set(drivername="postgresql+onetrip"),
        creator=lambda: _persistently(dial),
        pool_size=1,
        max_overflow=pool_max - 1,
        pool_timeout=CONNECT_TIMEOUT,
        pool_pre_ping=True,
        pool_use_lifo=True,
    )
    event.listen(engine, "handle_error", _judged)
    return engine


def _judged(context: ExceptionContext) -> None:
    """Text that cannot be kept is its sender's mistake. What the driver itself did not foresee (a value that it cannot
    write, a time-out) may have left half a statement on the wire, whose answer the next caller would read."""
    error = context.original_exception
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    if told.get("C") in _UNKEPT:
        raise Invalid("text_invalid", "The text has a character that cannot be kept (NUL): take it out.") from error
    if not isinstance(error, context.dialect.dbapi.Error):  # type: ignore[union-attr]
        context.is_disconnect, context.invalidate_pool_on_disconnect = True, False


def _dial(url: URL, secure: ssl.SSLContext | bool) -> Any:
    import pg8000.dbapi

    return pg8000.dbapi.connect(
        user=url.username,
        password=url.password,
        host=url.host or "127.0.0.1",
        port=url.port or 5432,
        database=url.database,
        timeout=CONNECT_TIMEOUT,
        tcp_keepalive=True,
        ssl_context=secure,
    )


def _persistently(dial: Callable[[], Any]) -> Any:
    """Dial with exponential back-off until CONNECT_TIMEOUT is spent: a restarting server is back within seconds.
    What no second try can mend (a wrong password, no such database) is raised at once."""
    until, pause = time.monotonic() + CONNECT_TIMEOUT, 0.1
    while True:
        try:
            return dial()
        except Exception as error:
            if not _passes(error) or time.monotonic() + pause > until:
                raise
            time.sleep(pause)
            pause *= 2


def _passes(error: Exception) -> bool:
    """Whether PostgreSQL may answer otherwise in a moment: no answer at all, starting up (57P03), too many
    connections (53300)."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else None
    return told is None or told.get("C") in {"57P03", "53300"}
