"""`python -m tests.e2e.kills` (make kills): lives whose workers are killed by signal 9 after every effect. The effects
are found by leading one life undisturbed; as many VMs then lead the same life at once, and after each of these effects
the worker of one of them is killed: which is right before the next. Provision's processes, with Pub/Sub, Cloud Tasks
and the sweeps to go on from there; and the reaper's, whose sweeps do everything, with provision gone. All must come to
where an undisturbed life does, and the observer must see nothing wrong on the way."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pg8000.native

from local.platform import DATABASE
from shared.domain.life import TERMINAL, Figures, State
from tests.e2e.api import Client, cloud, sweep
from tests.e2e.fates import Effect, Fates
from tests.e2e.mortal_platform import MortalPlatform
from tests.faults.observing import Eye, watching
from tests.targets import eventually

MINUTE = timedelta(minutes=1)
STEPS = 4  # of a minute: looks come after 2 s, and then up to 30
SPARE = 4  # VMs more than effects were found: the last to come has nobody to die for
PATIENCE = 30  # minutes for one phase
ROOM = 10_000  # vCPUs, addresses, firewall rules, VMs of one account: a crowd is not to be in its own way
ROWS = """SELECT id, name, state, claimed_by IS NULL AND jsonb_typeof(operation::jsonb) IS DISTINCT FROM 'object'
    AND jsonb_typeof(change::jsonb) IS DISTINCT FROM 'object' AND expires_at IS NOT DISTINCT FROM labelled_end
    AND (state = 'DELETED' OR expires_at IS NOT DISTINCT FROM end_task_for)
    AND NOT EXISTS (SELECT FROM outbox WHERE vm_id = vms.id AND sent_at IS NULL) FROM vms"""
SPEC = {"machine_type": "e2-standard-2", "duration": "8h"}
LARGER = {"machine_type": "e2-standard-4", "disk_gib": 60}

Ask = Callable[[Client, str], object]


def wish(what: str, **told: Any) -> Ask:
    return lambda client, name: client.post(f"/api/vms/{name}:{what}", told or None).raise_for_status()


def delete(client: Client, name: str) -> None:
    client.http.delete(f"/api/vms/{name}").raise_for_status()


def outlive(client: Client, name: str) -> None:
    """Nobody asks; the time of its end comes."""
    now, end = (datetime.fromisoformat(each) for each in (client.get("/_clock")["now"], client.vm(name)["expires_at"]))
    client.platform.advance(max((end - now).total_seconds(), 0))


@dataclass(frozen=True)
class Phase:
    """What is asked of a VM (None: to be made), and the state to which that leads; `by`: whose processes die. The
    reaper's do it all by themselves."""

    name: str
    ask: Ask | None
    state: State
    by: str = "provision"


BIRTH, DELETE = Phase("birth", None, State.RUNNING), Phase("delete", delete, State.DELETED)
LIFE = (
    BIRTH,
    Phase("stop", wish("stop"), State.STOPPED),
    Phase("start", wish("start"), State.RUNNING),
    Phase("extend", wish("extend", by="1h", approved_total="1000"), State.RUNNING),
    Phase("resize", wish("resize", **LARGER, approved_total="1000"), State.RUNNING),
    DELETE,
)
EXPIRY = (BIRTH, Phase("expiry", outlive, State.DELETED))


def by_sweeps(*phases: Phase) -> tuple[Phase, ...]:
    return tuple(replace(phase, by="reaper") for phase in phases)


LIVES = (LIFE, EXPIRY, by_sweeps(*LIFE), by_sweeps(*EXPIRY))


@dataclass(frozen=True)
class Toll:
    """Of one phase: the effects that it was found to have, and after which a process was ended by signal 9, by what
    the system says. Of a sweep's own effects (`sweeps`) that was each sort.
    `survivors`: the effects of the VMs whose worker was not, by their ids."""

    phase: Phase
    points: Sequence[Effect]
    killed: Sequence[Effect]
    sweeps: Sequence[Effect]
    survivors: Mapping[str, Sequence[Effect]]
    seconds: float

    @property
    def spared(self) -> set[Effect]:
        """The sorts of effects that a VM has had whose worker was never killed, and after which none was. How often a
        worker looks hangs on the time that passes, so some lives are without some of them."""
        return {effect for had in self.survivors.values() for effect in had} - set(self.killed)

    def __str__(self) -> str:
        counted = f"{self.phase.by:<10}{self.phase.name:<8}{len(self.points):>4} effects{len(self.killed):>4} kills"
        return f"{counted}{len(self.sweeps):>4} of sweeps {self.seconds:>6.0f} s"


@dataclass
class Crowd:
    """VMs that are all asked the same."""

    platform: MortalPlatform
    eye: Eye
    database: pg8000.native.Connection
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = Client(self.platform)
        self.calm = self._now()

    def lead(self, *phases: Phase) -> Iterator[Toll]:
        """Find the effects of a life, and have it led by as many VMs as its fullest phase has."""
        points = [self._measure(phase) for phase in phases]
        for phase, found in zip(phases, points, strict=True):
            yield self._strike(phase, max(map(len, points)) + SPARE, found)

    def _measure(self, phase: Phase) -> list[Effect]:
        fates = self._reach(phase, 1)
        (vm_id,) = self._at_rest(phase).values()
        return fates.effects(vm_id)

    def _strike(self, phase: Phase, number: int, points: Sequence[Effect]) -> Toll:
        began = time.monotonic()
        fates = self._reach(phase, number, points)
        killed = fates.killed()
        assert eventually(lambda: sorted(each.pid for each in killed) == sorted(fates.by_signal()))
        effects = [each.effect for each in killed if not each.of_sweep]
        sweeps = [each.effect for each in killed if each.of_sweep]
        survivors = {each: fates.effects(each) for each in self._at_rest(phase).values() if not fates.died(each)}
        assert survivors
        return Toll(phase, points, effects, sweeps, survivors, time.monotonic() - began)

    def _reach(self, phase: Phase, number: int, dooms: Sequence[Effect] = ()) -> Fates:
        """Ask so many VMs for it, and go on until all are there, after a death after each of the dooms."""
        fates = self.platform.fates[phase.by]
        self.platform.provide(phase.by == "provision")
        # Tasks of earlier VMs may still come.
        strangers = [row[0] for row in self.database.run(ROWS) if phase.ask is None or row[1] not in self.names]
        fates.begin(dooms, strangers, sweeps=phase.by == "reaper" and bool(dooms))
        if phase.ask is None:
            self.names = self._approved(number)
        else:
            for name in self.names:
                phase.ask(self.client, name)
        died = 0
        for _ in range(PATIENCE):
            self._minute(phase, fates)
            if len(fates.killed()) > died:  # whoever has died holds its VM for as long as a claim
                died, self.calm = len(fates.killed()), self._now() + Figures().claim + MINUTE
            self.eye.look(self.calm)
            if self._at_rest(phase).keys() == set(self.names):
                self._check(phase)
                return fates
        raise AssertionError(f"{phase.name}: not there yet: {set(self.names) - self._at_rest(phase).keys()}")

    def _approved(self, number: int) -> list[str]:
        suggestion = self.client.suggest("nginx for an hour")
        spec = {**suggestion["spec"], **SPEC}
        quote = self.client.post("/api/quotes", {"spec": spec}).raise_for_status().json()
        wanted = {**suggestion, "spec": spec, "quote": quote}
        return [self.client.approve(wanted).raise_for_status().json()["name"] for _ in range(number)]

    def _minute(self, phase: Phase, fates: Fates) -> None:
        """A minute of messages and the sweep at its end; or sweeps alone, the next at once where one was killed."""
        if phase.by == "reaper":
            while not self._swept(fates):
                pass
            self.platform.advance(MINUTE.total_seconds())
            return
        for _ in range(STEPS):
            self.platform.quiet()
            self.platform.advance(MINUTE.total_seconds() / STEPS)
        self.platform.quiet()
        sweep(self.platform)

    def _swept(self, fates: Fates) -> bool:
        died = len(fates.killed())
        try:
            sweep(self.platform)
        except httpx.TransportError:
            assert len(fates.killed()) == died + 1
            return False
        return True

    def _check(self, phase: Phase) -> None:
        """Each has exactly one machine, and its owner's way into it; or none, and a receipt that says so."""
        machines = Counter(each["labels"]["vmc-id"] for each in cloud(self.platform)["instances"])
        if phase.state not in TERMINAL:
            assert machines == Counter(self._at_rest(phase).values())
            for name in self.names if phase.ask is None else ():
                self.client.post(f"/api/vms/{name}:reveal").raise_for_status()
            return
        assert not machines
        for name in self.names:
            receipt = self.client.get(f"/api/vms/{name}/receipt")
            assert not any(each["found"] for each in receipt["resources"])

    def _at_rest(self, phase: Phase) -> dict[str, str]:
        """Those of the VMs that are there and have nothing left to do: ids by name."""
        rows = self.database.run(ROWS)
        there = (row for row in rows if row[1] in self.names and row[2] == phase.state)
        return {name: vm_id for vm_id, name, _, at_rest in there if at_rest}

    def _now(self) -> datetime:
        now: datetime = self.database.run("SELECT platform_now()")[0][0]
        return now


@contextmanager
def crowd(folder: Path) -> Iterator[Crowd]:
    """A crowd on a platform of its own, observed."""
    with MortalPlatform(folder) as platform:
        url = urlsplit(platform.postgres.dsn(DATABASE))
        place = (url.username or "", url.hostname or "", url.path.lstrip("/"), url.port or 5432, url.password)
        database = pg8000.native.Connection(*place)
        database.run(f"UPDATE regions SET vcpu_limit = {ROOM}, address_limit = {ROOM}")
        database.run(f"UPDATE project SET firewall_rule_limit = {ROOM}")
        database.run(f"UPDATE users SET max_vms = {ROOM}, max_vcpus = {ROOM}, max_monthly = {ROOM * ROOM}")
        emulators = (platform.address("compute"), platform.address("secrets"))
        with watching(*emulators, url.geturl(), platform.environment()["ENVIRONMENT"]) as eye:
            yield Crowd(platform, eye, database)
        database.close()
    platform.postgres.destroy()


def main() -> int:
    points = killed = spared = 0
    with tempfile.TemporaryDirectory() as folder, crowd(Path(folder)) as all_of_them:
        for life in LIVES:
            for toll in all_of_them.lead(*life):
                print(toll, "".join(f"  nobody died after {each}" for each in sorted(toll.spared)), flush=True)
                points += len(toll.points)
                killed += len(toll.killed) + len(toll.sweeps)
                spared += len(toll.spared)
        left = all_of_them.eye.look()["left"]
    violations = all_of_them.eye.violations
    print(f"{points} effects found, {killed} processes killed, each VM came to where it was to go")
    print(f"{len(violations)} violations, {len(left)} left in the cloud, {spared} sorts of effects without a kill")
    for violation in violations:
        print(violation)
    return 1 if violations or left or spared else 0


if __name__ == "__main__":
    sys.exit(main())
