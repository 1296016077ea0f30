"""The HTTP edge that every function shares: one way to make an app, to know the caller, and to refuse."""

from shared.auth import Caller
from shared.web.app import create_app, function
from shared.web.callers import COOKIE, Admin, Auditor, SignedIn, admin, auditor, end_session, set_session, signed_in
from shared.web.edge import client_address
from shared.web.headers import IdempotencyKey, Page, idempotency_key, paged
from shared.web.streams import event_stream

__all__ = [
    "COOKIE",
    "Admin",
    "Auditor",
    "Caller",
    "IdempotencyKey",
    "Page",
    "SignedIn",
    "admin",
    "auditor",
    "client_address",
    "create_app",
    "end_session",
    "event_stream",
    "function",
    "idempotency_key",
    "paged",
    "set_session",
    "signed_in",
]
