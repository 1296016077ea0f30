"""Structured logs: one JSON object a line, in the fields that Cloud Logging reads, with the request's trace id."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from typing import Any

trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "severity": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "trace_id": trace_id.get(),
        }
        told |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in told.items() if value is not None}, default=str)


def start(level: str) -> None:
    """Send the root logger's records to standard error as JSON. Called once, by bootstrap."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("google", "urllib3", "openai", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
