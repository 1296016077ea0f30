"""The world of a fault: in whose cloud things take time, and which lacks nothing that the deployed platform has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from shared.db.webhooks import PostgresWebhooks
from shared.domain.vm import Actor
from tests.integration.outside import Bucket
from tests.integration.world import OWNER, World, world


@contextmanager
def whole_world(engine: Engine, vcpus: int) -> Iterator[World]:
    """With so many vCPUs in each region, a bucket for the heads of its seals, and an owner who has a webhook."""
    with world(engine, latency=1.0) as here:
        here.limit(vcpus)
        here.sealing.archive = Bucket()
        me = Actor("user", OWNER, "203.0.113.7")
        PostgresWebhooks(engine).set_webhook(me, "hook", "https://hooks.example.com/vms")
        yield here
