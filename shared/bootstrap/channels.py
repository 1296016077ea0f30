"""The ways out: secrets, live documents, and the relay of what commits have promised."""

from __future__ import annotations

from functools import cache

from shared import bootstrap, log
from shared.bootstrap import rows
from shared.db.dead_letters import PostgresDeadLetters
from shared.db.outbox import PostgresOutbox
from shared.google.firestore import LiveDocuments
from shared.google.pubsub import DeadLetterSubscription, TopicPublisher
from shared.google.secrets import SecretStore
from shared.google.tasks import TaskQueue
from shared.services.dead_letters import DeadLetters
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
def dead_letters() -> DeadLetters:
    chosen = bootstrap.settings()
    name, endpoint = chosen.dead_letter_subscription, chosen.pubsub_endpoint or None
    subscription = DeadLetterSubscription(chosen.gcp_project_id, name, endpoint, bootstrap.timeout()) if name else None
    return DeadLetters(PostgresDeadLetters(bootstrap.engine(), log.trace_id.get), subscription, relay())


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
