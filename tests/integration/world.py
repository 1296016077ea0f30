"""A whole platform in one process for the tests of a VM's life: real PostgreSQL, the emulated Compute Engine and Secret
Manager over real wires, and messages that are delivered when the test's clock has come to them."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from local.compute import make_app as compute_app
from local.secrets.api import SecretManager
from local.server import in_thread
from shared.catalog.check import validate_change
from shared.db.approvals import PostgresApprovals
from shared.db.holds import PostgresHolds
from shared.db.idempotency import PostgresIdempotency
from shared.db.models import Audit, Project, Region, User, table
from shared.db.models import Quote as QuoteRow
from shared.db.outbox import PostgresOutbox
from shared.db.region_use import region_settings
from shared.db.registry import PostgresRegistry
from shared.db.seals import PostgresSeals
from shared.db.vm_models import Receipt
from shared.domain.life import TERMINAL, Figures
from shared.domain.regions import ADDRESSES, RULES
from shared.domain.spec import Spec
from shared.domain.vm import Vm
from shared.google.compute import ComputeEngine
from shared.google.quotas import ComputeQuotas
from shared.google.secrets import SecretStore
from shared.services.owning import Owning, Who
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.live_quota import LiveQuota
from shared.services.provisioning.turn import Platform
from shared.services.quoting import Market, QuoteFigures, quote
from shared.services.relay import Relay
from shared.services.requesting import Approval, Requesting
from shared.services.sealing import Sealing
from shared.services.whole_life import whole_life
from tests.integration import assembly
from tests.integration.mailbox import Mailbox
from tests.integration.outside import Outside

ENVIRONMENT = "test"
OWNER = "owner"
WHO = Who(OWNER, admin=False, address="203.0.113.7")
DJANGO = Spec(
    machine_type="e2-standard-2",
    os_image="ubuntu-2604-lts-amd64",
    packages=("python3", "django"),
    disk_gib=20,
    disk_type="pd-balanced",
)


def anything(*_: object) -> None:
    """Every specification is valid, every suggestion one's own, nobody has a key of their own or a limit."""


class World:
    """The parts, and what a test does with them. `latency` is the emulated Compute's, in emulated seconds."""

    def __init__(self, engine: Engine, compute_url: str, secrets_url: str, figures: Figures) -> None:
        self.engine, self.compute_url, self.secrets_url = engine, compute_url, secrets_url
        # Kept alive for less long than the server does, so that no call meets a connection that is just being closed;
        # and no certificates, whose loading takes longer than a hundred calls.
        self.http = httpx.Client(base_url=compute_url, verify=False, limits=httpx.Limits(keepalive_expiry=2))
        self.clocks: list[httpx.Client] = []  # of further emulators, which move with it
        self.offset = timedelta(0)
        self.figures = figures
        self.registry = PostgresRegistry(engine)
        self.outbox = PostgresOutbox(engine)
        self.mail = Mailbox(now=self.registry.clock)
        self.compute = ComputeEngine("demo", ENVIRONMENT, "default", 20, compute_url)
        self.secrets = SecretStore("demo", ENVIRONMENT, secrets_url, 20)
        self.relay = Relay(self.registry, self.outbox, self.mail, self.mail, self.mail)
        self.holds = PostgresHolds(engine)
        self.sealing = Sealing(PostgresSeals(engine), None)
        self.outside = Outside(self.cloud, lambda: self.offset)
        self.platform = Platform(self.registry, self.compute, self.secrets, figures, ENVIRONMENT, doubts=self.holds)
        self.advancer = Advancer(self.platform, self.relay)
        kept = PostgresApprovals(engine, self.registry), PostgresIdempotency(engine)
        checks = (anything,) * 4
        self.requesting = Requesting(*kept, self.relay, self.quote, *checks, figures)
        self.owning = Owning(
            self.registry,
            *kept,
            lambda: self.secrets,
            self.relay,
            self._whole_life,
            lambda before, after, now: validate_change(before, after, now.date()),
            figures,
            ENVIRONMENT,
        )
        self.keys = (f"key-{number}" for number in itertools.count())
        self._account()

    def _account(self) -> None:
        """Of the one who owns everything here."""
        with self.engine.begin() as connection:
            limits = {"max_vms": 100, "max_vcpus": 400, "max_monthly": Decimal(100000)}
            connection.execute(
                upsert(table(User))
                .values(id=OWNER, email="owner@example.com", password_hash="-", **limits)
                .on_conflict_do_nothing()
            )

    def close(self) -> None:
        self.http.close()

    def engines(self, port: Any, compute: Any) -> dict[str, Any]:
        """What a platform is told of engines beside Compute's own, for a process whose parts `port` wraps by name."""
        return {}

    def calm(self) -> None:
        """Disarm every fault."""
        self.http.delete("/_faults").raise_for_status()

    def market(self) -> Market:
        with self.engine.begin() as connection:
            return Market(region_settings(connection, lock=False))

    def quote(self, user_id: str, spec: Spec) -> Any:
        """A quote for the spec, kept for this account."""
        made = quote(spec, self.market(), self.registry.clock())
        with self.engine.begin() as connection:
            connection.execute(
                insert(table(QuoteRow)).values(
                    id=made.id,
                    user_id=user_id,
                    spec_digest=spec.digest(),
                    document=made.model_dump(mode="json"),
                    valid_until=made.valid_until,
                )
            )
        return made

    def _whole_life(self, vm: Vm, spec: Spec, now: datetime, regions: Any) -> Any:
        return whole_life(vm, spec, Market(regions), now, QuoteFigures())

    def approve(self, spec: Spec = DJANGO, *, key: str | None = None, total: Decimal | None = None) -> str:
        """Quote and approve; the VM's id."""
        made = self.quote(OWNER, spec)
        approval = Approval(OWNER, "203.0.113.7", spec, total or made.max_total, "suggestion")
        answer = self.requesting.approve(approval, key or next(self.keys))
        loaded = self.registry.load_by_name(answer.document["name"])
        assert loaded is not None
        return loaded[0].id

    def vm(self, vm_id: str) -> Vm:
        loaded = self.registry.load(vm_id)
        assert loaded is not None
        return loaded[0]

    def now(self) -> datetime:
        return self.registry.clock()

    def move(self, seconds: float) -> None:
        """Move the clock of the emulated cloud and of the database together."""
        self.offset += timedelta(seconds=seconds)
        whole = self.offset.total_seconds()
        for clock in (self.http, *self.clocks):
            clock.post("/_clock", json={"offset": whole}).raise_for_status()
        with self.engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE OR REPLACE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql AS "
                    f"$$SELECT clock_timestamp() + interval '{whole} seconds'$$"
                )
            )

    def deliver(self, rounds: int = 200, until: datetime | None = None) -> None:
        """Deliver every message in the order of its time, moving the clock to it, until there is none (or none before
        `until`)."""
        for _ in range(rounds):
            if not self.mail.due or (until is not None and self.mail.due[0][0] > until):
                return
            message = heapq.heappop(self.mail.due)
            ahead = (message.at - self.now()).total_seconds()
            if ahead > 0:
                self.move(ahead)
            message.serve(self.advancer)
        raise AssertionError("the messages do not come to an end")

    def to_end(self, vm_id: str) -> Vm:
        """Move past its end and on until it is terminal."""
        vm = self.vm(vm_id)
        if vm.expires_at is not None:
            self.move(max((vm.expires_at - self.now()).total_seconds(), 0) + 1)
        for _ in range(100):
            self.advancer.advance(vm_id)
            if self.vm(vm_id).state in TERMINAL:
                return self.vm(vm_id)
            self.deliver()
            self.move(15)
        raise AssertionError(f"{vm_id} does not come to its end")

    def sweep(self, errands: assembly.Errands | None = None) -> dict[str, Any]:
        """One tick of the reaper, on the advancer's platform: a test may have put another in the first one's place."""
        return assembly.reaper(self, self.advancer, errands).sweep()

    def sweeps(self, minutes: int) -> None:
        """Minute after minute, what the messages that are due in it do, each at its time, and the sweep at its end."""
        for _ in range(minutes):
            end = self.now() + timedelta(minutes=1)
            self._served(until=end)
            self.move((end - self.now()).total_seconds())
            self.sweep()
            self._served(until=self.now())

    def _served(self, until: datetime) -> None:
        with suppress(ValueError, KeyError):
            self.deliver(until=until)

    def limit(self, vcpus: int, region: str | None = None) -> None:
        """The limit of one region, or of every one, with addresses and firewall rules for all that fit."""
        self.set_limits(region, vcpu_limit=vcpus, address_limit=max(vcpus, ADDRESSES))
        self.set_rule_limit(max(7 * vcpus, RULES))

    def set_limits(self, region: str | None = None, **limits: int) -> None:
        """Columns of one region's row, or of every one's."""
        regions = table(Region)
        change = update(regions).values(limits)
        with self.engine.begin() as connection:
            connection.execute(change if region is None else change.where(regions.c.id == region))

    def set_rule_limit(self, rules: int) -> None:
        """How many firewall rules the VMs may have together."""
        with self.engine.begin() as connection:
            connection.execute(update(table(Project)).values(firewall_rule_limit=rules))

    def heed_quotas(self) -> None:
        """From now on a choice asks for Compute's own quotas first: two calls, which most tests can do without."""
        moment = time.monotonic
        quotas = LiveQuota(
            ComputeQuotas("demo", 5, self.compute_url).read, lambda: moment() + self.offset.total_seconds()
        )
        self.platform = replace(self.platform, short=quotas.short)
        self.advancer = Advancer(self.platform, self.relay)

    def quota(self, **limits: Mapping[str, float]) -> None:
        """The emulated Compute's own limits, by region (`us_west1`; `project`: its own) and metric."""
        told = {"global" if place == "project" else place.replace("_", "-"): each for place, each in limits.items()}
        self.http.post("/_quotas", json=told).raise_for_status()

    def fault(self, **fault: Any) -> None:
        """Arm a fault of the emulated Compute Engine."""
        self.http.post("/_faults", json=fault).raise_for_status()

    def cloud(self) -> dict[str, list[dict[str, Any]]]:
        """What the emulator itself says is there."""
        found: dict[str, list[dict[str, Any]]] = self.http.get("/_state").raise_for_status().json()
        return found

    def names(self, kind: str) -> list[str]:
        """Of the machines (`instances`), `disks` or `firewalls` that are there."""
        return [each["name"] for each in self.cloud()[kind]]

    def events(self, vm_id: str) -> list[str]:
        audit = table(Audit)
        with self.engine.begin() as connection:
            query = select(audit.c.action).where(audit.c.vm_id == vm_id).order_by(audit.c.vm_number)
            return list(connection.execute(query).scalars())

    def receipt(self, vm_id: str) -> dict[str, Any]:
        receipts = table(Receipt)
        with self.engine.begin() as connection:
            query = select(receipts.c.document).where(receipts.c.vm_id == vm_id)
            document: dict[str, Any] = connection.execute(query).scalar_one()
            return document


@contextmanager
def world(engine: Engine, *, latency: float = 0.0, figures: Figures | None = None) -> Iterator[World]:
    """A world on a database of its own."""
    with (
        in_thread(compute_app(None, latency)) as compute_url,
        in_thread(SecretManager().app()) as secrets_url,
        closing(World(engine, compute_url, secrets_url, figures or Figures())) as made,
    ):
        yield made
