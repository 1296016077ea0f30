"""One worker's hold on one VM: the row, the clock, and what is left of the claim."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from zlib import crc32

from shared.domain.errors import VmCreatorError
from shared.domain.life import Figures, Reason, State, Wanted
from shared.domain.vm import Actor, Event, Vm
from shared.services.doubts import Certain, Doubts
from shared.services.engines.direct import DirectEngine
from shared.services.ports import Compute, Engine, Registry, Reserve, Secrets

log = logging.getLogger(__name__)

T = TypeVar("T")
PLATFORM = Actor("platform", "provision")
_NAMESPACE = uuid.UUID("5f0c3a52-6c57-4b5e-9a57-0f1c3f6f2b11")


class Moved(VmCreatorError):
    """Somebody else changed the row: whatever was about to be written is void."""

    def __init__(self) -> None:
        super().__init__("moved", "the row was changed by somebody else")


class OutOfTime(VmCreatorError):
    """Too little of the claim is left for another cloud write."""

    def __init__(self) -> None:
        super().__init__("out_of_time", "the claim is nearly over")


@dataclass(frozen=True)
class Platform:
    """What every step of a VM's life works with. `engine` names the one that new VMs are made by; `engines` are those
    beside the Compute API's own. `short`: the regions where Compute's own quotas have no room for a VM, and why."""

    registry: Registry
    compute: Compute
    secrets: Secrets
    figures: Figures
    environment: str
    access_ranges: tuple[str, ...] = ()
    engine: str = DirectEngine.name
    engines: Mapping[str, Engine] = field(default_factory=dict)
    short: Callable[[Vm], Mapping[str, str]] = lambda _: {}
    doubts: Doubts = field(default_factory=Certain)

    def engine_named(self, name: str) -> Engine:
        """The engine of that name. One that is not configured any more is stood in for by the Compute API: it finds
        by name and label whatever the other has made."""
        return self.engines.get(name) or DirectEngine(self.compute)


class Turn:
    """A claimed VM. Steps read `vm` and `now`, call the cloud, and write down what they found."""

    def __init__(self, platform: Platform, vm: Vm, now: datetime, claimed_at: float) -> None:
        self.platform = platform
        self.vm = vm
        self._now = now
        self._claimed_at = claimed_at
        self._read_at = time.monotonic()
        self.resting = False

    @property
    def now(self) -> datetime:
        """The database's clock: read with the row, and run on by this machine's monotonic one."""
        return self._now + timedelta(seconds=time.monotonic() - self._read_at)

    @property
    def engine(self) -> Engine:
        """The engine that makes this VM, and so ends it."""
        return self.platform.engine_named(self.vm.engine)

    def before_write(self) -> None:
        """Raise OutOfTime unless more of the claim is left than a cloud write may take."""
        if self._left <= self.platform.figures.call_timeout:
            raise OutOfTime

    @property
    def spent(self) -> bool:
        """Whether too little of the claim is left for another read and a write, were both to hang."""
        return self._left <= 2 * self.platform.figures.call_timeout

    @property
    def _left(self) -> timedelta:
        return self.platform.figures.claim - timedelta(seconds=time.monotonic() - self._claimed_at)

    @property
    def late(self) -> bool:
        """Whether the row's deadline has passed. Nobody may have looked for as long, so it is judged after a look."""
        return self.vm.deadline_at is not None and self.vm.deadline_at <= self.now

    def seen(self, look: Callable[[], T | None]) -> T | None:
        """What `look` finds by reading alone. One that fails raises, and is tried again later; once the deadline has
        passed it has found nothing, whatever its fault, so that the deadline is judged all the same."""
        try:
            return look()
        except Exception as error:
            if not self.late:
                raise
            log.warning("the look before a deadline's end failed", exc_info=error, extra={"vm": self.vm.id})
            return None

    def settled(self, moment: datetime | None) -> bool:
        """Whether nothing can come any more of a call that was sent, or of what ended, at that moment."""
        return moment is None or self.now >= moment + self.platform.figures.settle

    def next_minute(self) -> timedelta:
        """How long until a per-minute allowance is back, spread a little so that not everybody comes at once."""
        return timedelta(minutes=1, seconds=9 * self._spread() - self.now.timestamp() % 60)

    def _spread(self) -> float:
        """From 0 to 1: another for each VM and look, and the same whoever asks."""
        return crc32(f"{self.vm.id}/{self.vm.looks}/{self.vm.failures}".encode()) / 2**32

    def request_id(self, *purpose: object) -> str:
        """The same UUID for the same purpose of this VM, so that a call sent again is recognised as the same."""
        return str(uuid.uuid5(_NAMESPACE, "/".join([self.vm.id, *map(str, purpose)])))

    def apply(self, after: Vm, kind: str | None = None, detail: str = "", *, look: timedelta | None = None) -> None:
        """Write the step down and keep the claim. Raises Moved."""
        event = Event(kind, PLATFORM, detail) if kind else None
        self._take(self.platform.registry.apply(self.vm, after, event, look=look))

    def reserve(self, choose: Reserve) -> None:
        """Choose a place and reserve it in one transaction. Raises Moved."""
        self._take(self.platform.registry.reserve(self.vm, choose))

    def rest(
        self, after: Vm | None = None, kind: str | None = None, detail: str = "", *, look: timedelta | None = None
    ) -> None:
        """Write the step down, give the claim back, and be done for now; `look`: be woken after that while."""
        freed = replace(after or self.vm, claimed_by=None, claimed_until=None)
        self.resting = True
        self.apply(freed, kind, detail, look=look)

    def wait(
        self, after: Vm | None = None, kind: str | None = None, detail: str = "", *, by: datetime | None = None
    ) -> None:
        """Rest until a little later: 2 s, doubling to 30 s with each look that brought nothing new, up to a quarter
        sooner, so that what began together does not stay together; no later than `by`."""
        row = after or self.vm
        pause = timedelta(seconds=min(2 * 2 ** min(row.looks, 5), 30) * (1 - self._spread() / 4))
        if by is not None:
            pause = max(min(pause, by - self.now), timedelta(0))
        self.rest(replace(row, looks=row.looks + 1), kind, detail, look=pause)

    def finished(self, row: Vm | None) -> None:
        """The last move was made by `registry.finish`. Raises Moved."""
        self.resting = True
        self._take(row)

    def _take(self, row: Vm | None) -> None:
        if row is None:
            raise Moved
        self.vm = row


def dying(vm: Vm, reason: Reason, detail: str | None = None) -> Vm:
    """The row on its way out. Its vCPUs stay counted until the cloud confirms that the machine is gone; a change that
    is still to come is approved no more."""
    return replace(
        vm.unchanged(),
        state=State.DELETING,
        wanted=Wanted.GONE,
        reason=reason,
        reason_detail=detail,
        operation=None,
        deadline_at=None,
        looks=0,
        failures=0,
    )
