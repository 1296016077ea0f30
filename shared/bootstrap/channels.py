"""The ways out: secrets, live documents, and the relay of what commits have promised."""

from __future__ import annotations

from functools import cache

from shared import bootstrap
from shared.bootstrap import rows
from shared.db.outbox import PostgresOutbox
from shared.google.firestore import LiveDocuments
from shared.google.pubsub import TopicPublisher
from shared.google.secrets import SecretStore
from shared.google.tasks import TaskQueue
from shared.services.relay import Relay


@cache
def secrets() -> SecretStore:
    chosen = bootstrap.settings()
    return SecretStore(chosen.vm_project_id, chosen.environment, chosen.secrets_endpoint or None, bootstrap.timeout())


@cache
def live() -> LiveDocuments:
    return LiveDocuments(
        bootstrap.settings().gcp_project_id, bootstrap.settings().firestore_database, bootstrap.timeout()
    )


@cache
def relay() -> Relay:
    chosen = bootstrap.settings()
    publisher = TopicPublisher(
        chosen.gcp_project_id, chosen.wake_topic, chosen.pubsub_endpoint or None, bootstrap.timeout()
    )
    tasks = TaskQueue(
        chosen.gcp_project_id,
        chosen.location,
        chosen.look_queue,
        chosen.provision_url,
        chosen.tasks_service_account,
        chosen.tasks_endpoint or None,
        bootstrap.timeout(),
    )
    return Relay(rows.registry(), PostgresOutbox(bootstrap.engine()), publisher, tasks, live())
