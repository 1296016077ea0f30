"""The real PostgreSQL server, from its wheel, as a child of whoever needs it."""

from local.postgres.server import AlreadyRunning, Server, StartFailed

__all__ = ["AlreadyRunning", "Server", "StartFailed"]
