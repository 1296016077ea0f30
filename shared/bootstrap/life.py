"""What advances a VM, what ends it, and the proof."""

from __future__ import annotations

from functools import cache

from shared import bootstrap, log
from shared.bootstrap import channels, engines, notices, rows
from shared.db.adopting import PostgresAdoptions
from shared.db.holds import PostgresHolds
from shared.db.outbox import PostgresOutbox
from shared.db.seals import PostgresSeals
from shared.db.upkeep import PostgresUpkeep
from shared.google.compute import ComputeEngine
from shared.google.monitoring import CloudMonitoring
from shared.google.quotas import ComputeQuotas
from shared.google.storage import HeadArchive
from shared.services.holding import Holding
from shared.services.idling import Idling
from shared.services.orphans import Orphans
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.live_quota import LiveQuota
from shared.services.provisioning.turn import Platform
from shared.services.reaping import Reaper
from shared.services.sealing import Sealing

ADVICE = 5.0  # seconds that one of the calls that only advise may take


@cache
def compute() -> ComputeEngine:
    chosen = bootstrap.settings()
    return ComputeEngine(
        chosen.vm_project_id,
        chosen.environment,
        chosen.vm_network,
        bootstrap.timeout(),
        chosen.compute_endpoint or None,
    )


@cache
def platform() -> Platform:
    chosen = bootstrap.settings()
    return Platform(
        rows.registry(),
        compute(),
        channels.secrets(),
        chosen.figures,
        chosen.environment,
        chosen.access_ranges,
        chosen.engine,
        engines.beside_compute(compute()),
        short=live_quota().short,
        doubts=holds(),
    )


@cache
def live_quota() -> LiveQuota:
    """Its reading holds a choice up for a few seconds at the most: it is advice."""
    chosen = bootstrap.settings()
    timeout = min(bootstrap.timeout(), ADVICE)
    return LiveQuota(ComputeQuotas(chosen.vm_project_id, timeout, chosen.compute_endpoint or None).read)


@cache
def holds() -> PostgresHolds:
    return PostgresHolds(bootstrap.engine(), log.trace_id.get)


@cache
def advancer() -> Advancer:
    return Advancer(platform(), channels.relay())


@cache
def upkeep() -> PostgresUpkeep:
    return PostgresUpkeep(bootstrap.engine(), log.trace_id.get)


@cache
def sealing() -> Sealing:
    chosen = bootstrap.settings()
    archive = (
        HeadArchive(chosen.gcp_project_id, chosen.seals_bucket, bootstrap.timeout()) if chosen.seals_bucket else None
    )
    return Sealing(PostgresSeals(bootstrap.engine()), archive)


@cache
def orphans() -> Orphans:
    adoptions = PostgresAdoptions(bootstrap.engine(), rows.registry())
    return Orphans(platform(), adoptions, upkeep(), channels.relay())


@cache
def idling() -> Idling:
    chosen = bootstrap.settings()
    metrics = CloudMonitoring(chosen.vm_project_id, chosen.monitoring_endpoint or None, bootstrap.timeout())
    clock, stop_within = rows.registry().clock, chosen.power_deadline
    return Idling(metrics, rows.use(), clock, holds(), channels.relay(), stop_within, chosen.idle_figures)


@cache
def holding() -> Holding:
    return Holding(platform(), holds(), sealing())


@cache
def reaper() -> Reaper:
    outbox = PostgresOutbox(bootstrap.engine())
    errands = {
        "notices": notices.notifying().send,
        "dead_letters": channels.dead_letters().collect,
        "use": idling().look,
    }
    kept = upkeep()
    return Reaper(
        platform(),
        advancer(),
        channels.relay(),
        outbox,
        kept,
        kept,
        sealing(),
        errands,
        compare=holding().check,
        refuse=holding().refuse,
    )
