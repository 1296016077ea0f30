"""Picks the parts: the one place that knows the configuration, the database, Google's APIs and the use cases at once.

A room for each kind of use case, so that a function loads what it needs and no more; here is what all of them need.
Every part is made on first use and kept: nothing connects at import.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import Engine

from shared import config, log
from shared.auth import Auth
from shared.db.credentials import PostgresCredentials
from shared.db.engine import by_connector, by_url
from shared.db.limits import PostgresLimiter
from shared.services.limiting import Limit

HOUR = timedelta(hours=1)


@cache
def settings() -> config.Settings:
    """The configuration; on first use logging starts too."""
    read = config.settings()
    log.start(read.log_level)
    return read


def cors_origins() -> tuple[str, ...]:
    return settings().cors_origins


def trusted_hops() -> int:
    return settings().trusted_hops


@cache
def engine() -> Engine:
    """The way to PostgreSQL: by URL, or by the Cloud SQL connector where an instance is named."""
    chosen = settings()
    if chosen.database_url:
        return by_url(chosen.database_url, chosen.database_pool)
    return by_connector(
        chosen.instance_connection_name,
        chosen.database_user,
        chosen.database_name,
        chosen.database_pool,
        chosen.sqladmin_endpoint or None,
        chosen.cloud_sql_ip_type,
    )


@cache
def auth() -> Auth:
    return Auth(PostgresCredentials(engine()), settings().session_idle)


def hourly(kind: str, most: int) -> Limit:
    """A limit on how often something may be done within an hour."""
    return Limit(PostgresLimiter(engine()), kind, most, HOUR)


def timeout() -> float:
    """Seconds that one call to a Google API may take, its tries together."""
    return settings().call_timeout.total_seconds()
