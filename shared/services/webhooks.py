"""Use case: the ways of an account's notices, and the signature by which its webhook knows a request as ours.

Signed as standardwebhooks.com has it, so that receivers need no code of ours: headers `webhook-id` (the same each time
a notice is sent), `webhook-timestamp` and `webhook-signature`, a secret that begins with `whsec_`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from shared import auth
from shared.domain.errors import Conflict, Invalid
from shared.domain.notices import Webhook
from shared.domain.vm import Actor
from shared.services.views import moment

LONGEST = 2000  # characters of a URL


class WebhookStore(Protocol):
    """Webhooks in PostgreSQL, one an account. Each change is one transaction with its audit record."""

    def webhook(self, user_id: str) -> Webhook | None:
        """The account's, None if it has none."""

    def set_webhook(self, actor: Actor, webhook_id: str, url: str) -> Webhook:
        """The actor's from now on, in the place of one before."""

    def delete_webhook(self, actor: Actor) -> None:
        """The actor has none; done already if so."""


class Webhooks:
    """`key` is what every secret is derived from; empty where the platform sends none. `mail`: whether it sends any;
    `outbox`: where people find that, if somewhere."""

    def __init__(self, store: WebhookStore, key: str, *, mail: bool, outbox: str) -> None:
        self.store = store
        self.key = key
        self.mail = mail
        self.outbox = outbox

    def ways(self, user_id: str) -> dict[str, Any]:
        """By which ways notices can come, and the account's webhook, without its secret."""
        found = self.store.webhook(user_id)
        ways = {"mail": self.mail, "mail_outbox": self.outbox or None, "webhooks": bool(self.key)}
        return {**ways, "webhook": _view(found) if found else None}

    def set(self, actor: Actor, url: str) -> dict[str, Any]:
        """The account's webhook with a new secret, which is shown this once. Where the name leads is judged at each
        request; here only what can be told from the URL. Conflict `webhooks_off`; Invalid `webhook_invalid`."""
        if not self.key:
            raise Conflict("webhooks_off", "This platform sends no webhooks: an administrator can set HOOK_KEY.")
        made = self.store.set_webhook(actor, auth.new_id(), checked_url(url))
        return _view(made) | {"secret": shown_secret(secret(self.key, made.id))}

    def delete(self, actor: Actor) -> None:
        """Nothing is sent any more."""
        self.store.delete_webhook(actor)


def checked_url(url: str) -> str:
    """An https URL with a host by name, and no password in it. Raises Invalid."""
    try:
        parts = urlsplit(url.strip())
        proper = parts.scheme == "https" and "." in (parts.hostname or "") and (parts.port or 443) > 0
    except ValueError:
        proper = False
    if not proper or parts.username is not None or len(url) > LONGEST or not url.strip().isascii():
        raise Invalid("webhook_invalid", "A webhook's address is written like https://hooks.example.com/vms.")
    return parts._replace(fragment="").geturl()


def secret(key: str, webhook_id: str) -> bytes:
    """The webhook's own secret: a new id is a new secret, and a copy of the database tells none."""
    return hmac.digest(key.encode(), f"webhook {webhook_id}".encode(), hashlib.sha256)


def shown_secret(value: bytes) -> str:
    return f"whsec_{base64.b64encode(value).decode()}"


def signed(key: str, webhook_id: str, message_id: str, now: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of a signed request: HMAC-SHA256 over id, time (epoch seconds) and body."""
    stamp = str(int(now.timestamp()))
    content = f"{message_id}.{stamp}.".encode() + body
    signature = hmac.digest(secret(key, webhook_id), content, hashlib.sha256)
    return {
        "content-type": "application/json",
        "user-agent": "vm-creator",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def _view(webhook: Webhook) -> dict[str, Any]:
    return {"url": webhook.url, "created_at": moment(webhook.created_at)}
