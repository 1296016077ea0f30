"""Picks the parts: the one place that knows the configuration, the database, Google's APIs and the use cases at once.

Every part is made on first use and kept, so that a function imports and connects to nothing that it does not need:
google.cloud.compute and openai cost a second each.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from shared import config, log
from shared.auth import Auth
from shared.bootstrap_model import consulting
from shared.db.accounts import PostgresAccounts
from shared.db.administration import PostgresAdministration
from shared.db.approvals import PostgresApprovals
from shared.db.auditing import PostgresAuditLog
from shared.db.costs import PostgresCosts
from shared.db.credentials import PostgresCredentials
from shared.db.engine import by_connector, by_url
from shared.db.idempotency import PostgresIdempotency
from shared.db.limits import PostgresLimiter
from shared.db.outbox import PostgresOutbox
from shared.db.registry import PostgresRegistry
from shared.db.seals import PostgresSeals
from shared.db.suggestions import PostgresQuotes, PostgresSuggestions
from shared.db.upkeep import PostgresUpkeep
from shared.db.vm_reads import PostgresVmReads
from shared.domain.accounts import Quotas
from shared.google.compute import ComputeEngine
from shared.google.firestore import LiveDocuments
from shared.google.pubsub import TopicPublisher
from shared.google.secrets import SecretStore
from shared.google.storage import HeadArchive
from shared.google.tasks import TaskQueue
from shared.services.accounts import Accounts
from shared.services.administering import Administering
from shared.services.auditing import Auditing
from shared.services.costing import Costing
from shared.services.limiting import Limit
from shared.services.owning import Owning
from shared.services.pricing import Pricing
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.turn import Platform
from shared.services.quoting import QuoteFigures
from shared.services.reaping import Reaper
from shared.services.relay import Relay
from shared.services.requesting import Requesting
from shared.services.sealing import Sealing
from shared.services.suggesting import Suggesting
from shared.services.viewing import Viewing
from shared.services.watching import Watching

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
def registry() -> PostgresRegistry:
    return PostgresRegistry(engine(), log.trace_id.get)


@cache
def idempotency() -> PostgresIdempotency:
    return PostgresIdempotency(engine())


@cache
def secrets() -> SecretStore:
    chosen = settings()
    return SecretStore(chosen.vm_project_id, chosen.environment, chosen.secrets_endpoint or None, _timeout())


@cache
def live() -> LiveDocuments:
    return LiveDocuments(settings().gcp_project_id, settings().firestore_database, _timeout())


@cache
def relay() -> Relay:
    chosen = settings()
    publisher = TopicPublisher(chosen.gcp_project_id, chosen.wake_topic, chosen.pubsub_endpoint or None, _timeout())
    tasks = TaskQueue(
        chosen.gcp_project_id,
        chosen.location,
        chosen.look_queue,
        chosen.provision_url,
        chosen.tasks_service_account,
        chosen.tasks_endpoint or None,
        _timeout(),
    )
    return Relay(registry(), PostgresOutbox(engine()), publisher, tasks, live())


@cache
def platform() -> Platform:
    chosen = settings()
    compute = ComputeEngine(
        chosen.vm_project_id, chosen.environment, chosen.vm_network, _timeout(), chosen.compute_endpoint or None
    )
    return Platform(registry(), compute, secrets(), chosen.figures, chosen.environment, chosen.access_ranges)


@cache
def advancer() -> Advancer:
    return Advancer(platform(), relay())


@cache
def upkeep() -> PostgresUpkeep:
    return PostgresUpkeep(engine(), log.trace_id.get)


@cache
def sealing() -> Sealing:
    chosen = settings()
    archive = HeadArchive(chosen.gcp_project_id, chosen.seals_bucket, _timeout()) if chosen.seals_bucket else None
    return Sealing(PostgresSeals(engine()), archive)


@cache
def reaper() -> Reaper:
    return Reaper(platform(), advancer(), relay(), PostgresOutbox(engine()), upkeep(), upkeep(), sealing())


@cache
def auth() -> Auth:
    return Auth(PostgresCredentials(engine()), settings().session_idle)


@cache
def accounts() -> Accounts:
    chosen = settings()
    return Accounts(
        PostgresAccounts(engine(), log.trace_id.get),
        Limit(PostgresLimiter(engine()), "sign_in", chosen.sign_in_limit, HOUR),
        signup=chosen.signup,
        longest=chosen.session_longest,
        quotas=Quotas(chosen.max_vms, chosen.max_vcpus, chosen.max_monthly),
    )


@cache
def administering() -> Administering:
    store = PostgresAdministration(engine(), log.trace_id.get)
    return Administering(store, _reads().regions, settings().public_url)


@cache
def auditing() -> Auditing:
    return Auditing(PostgresAuditLog(engine()))


@cache
def suggestion_limit() -> Limit:
    return Limit(PostgresLimiter(engine()), "suggest", settings().suggestion_limit, HOUR)


@cache
def creation_limit() -> Limit:
    return Limit(PostgresLimiter(engine()), "create", settings().creation_limit, HOUR)


@cache
def suggesting() -> Suggesting:
    return Suggesting(
        PostgresSuggestions(engine()),
        PostgresQuotes(engine()),
        _reads().regions,
        registry().clock,
        consulting(settings(), engine()),
        _quote_figures(),
        settings().longest_lease,
    )


@cache
def pricing() -> Pricing:
    return Pricing(suggesting(), PostgresQuotes(engine()), PostgresAccounts(engine()).user, _reads(), registry().clock)


@cache
def approvals() -> PostgresApprovals:
    return PostgresApprovals(engine(), registry())


@cache
def requesting() -> Requesting:
    return Requesting(
        approvals(),
        idempotency(),
        relay(),
        pricing().quote,
        pricing().validate,
        pricing().own_key,
        pricing().suggestion,
        creation_limit().hit,
        settings().figures,
    )


@cache
def owning() -> Owning:
    return Owning(
        registry(),
        approvals(),
        idempotency(),
        secrets,
        relay(),
        pricing().whole_life,
        settings().figures,
        settings().environment,
    )


@cache
def viewing() -> Viewing:
    chosen = settings()
    return Viewing(_reads(), chosen.signup, chosen.openai_model if chosen.openai_api_key else None)


@cache
def costing() -> Costing:
    return Costing(PostgresCosts(engine()))


@cache
def watching() -> Watching:
    return Watching(live(), _reads(), settings().stream_length)


@cache
def openapi() -> bytes:
    """The description of the whole API, made when the function was staged."""
    return Path(__file__).with_name("openapi.json").read_bytes()


@cache
def _reads() -> PostgresVmReads:
    return PostgresVmReads(engine(), registry())


def _quote_figures() -> QuoteFigures:
    chosen = settings()
    return QuoteFigures(
        valid_for=chosen.quote_valid,
        placed_within=chosen.requested_deadline,
        up_within=chosen.up_deadline,
        up_within_windows=chosen.up_deadline_windows,
        headroom=chosen.switch_headroom,
        longest_switch=chosen.longest_switch,
    )


def _timeout() -> float:
    return settings().call_timeout.total_seconds()
