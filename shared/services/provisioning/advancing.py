"""`advance(vm)`: looks at what is wanted and what is there and takes idempotent steps, whoever woke it.

A message, a timer and the sweep all end here. The claim makes one worker at a time; the version makes its writes void
once somebody else has moved the row; a crash anywhere leaves a row whose claim runs out and whose next look is due.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.errors import CloudError, PartialList, Scope
from shared.domain.life import TERMINAL, IllegalMove, Reason, State
from shared.domain.machine import Instance
from shared.services.provisioning import birth, death, power
from shared.services.provisioning.doubting import disputed
from shared.services.provisioning.turn import Moved, OutOfTime, Platform, Turn, dying
from shared.services.relay import Relay

log = logging.getLogger(__name__)

STEPS: Mapping[State, Callable[[Turn], None]] = {
    State.REQUESTED: birth.requested,
    State.PROVISIONING: birth.provisioning,
    State.RUNNING: power.running,
    State.STOPPED: power.stopped,
    State.DELETING: death.deleting,
}
ROUNDS = 50  # no life takes so many steps in one run; whatever does is a fault, and the next look continues it
DOUBTED = timedelta(minutes=5)  # what is left as it is rests for so long: were it looked at by every sweep, others wait


class Advancer:
    def __init__(self, platform: Platform, relay: Relay) -> None:
        self.platform = platform
        self.relay = relay

    def end(self, vm_id: str, end: datetime) -> None:
        """The task of an end, or of a warning before it: nothing, if the end has moved since the task was made."""
        loaded = self.platform.registry.load(vm_id)
        if loaded is not None and loaded[0].expires_at == end:
            self.platform.registry.warn(vm_id)
            self.advance(vm_id)

    def advance(self, vm_id: str, within: timedelta | None = None) -> None:
        """Take steps until the VM has to wait for something, is at its end, or a run's time (or what is given of it) is
        over. A step that was begun is not broken off."""
        until = time.monotonic() + (within or self.platform.figures.run).total_seconds()
        worker = uuid.uuid4().hex
        try:
            while time.monotonic() < until:
                if self._turn(vm_id, worker, until):
                    return
        finally:
            self.relay.flush(vm_id)

    def _turn(self, vm_id: str, worker: str, until: float) -> bool:
        """One claim, as many steps as it allows. Whether that was all for now."""
        claimed_at = time.monotonic()
        claimed = self.platform.registry.claim(vm_id, worker, self.platform.figures.claim)
        if claimed is None:
            return True
        turn = Turn(self.platform, *claimed, claimed_at)
        try:
            if self._disputed(turn):
                return True
            for _ in range(ROUNDS):
                self._step(turn)
                self.relay.flush(vm_id)
                if turn.resting or turn.vm.state in TERMINAL:
                    return True
                if time.monotonic() > until:
                    break
            turn.rest(look=timedelta(seconds=2))
        except (Moved, OutOfTime):
            self.platform.registry.release(vm_id, worker)
            return False
        return True

    def _disputed(self, turn: Turn) -> bool:
        """Whether the row is left as it is, until an administrator has seen what a restored database has lost."""
        vm, platform = turn.vm, self.platform
        if vm.state is State.DELETING or (doubt := platform.doubts.doubt()) is None:
            return False
        try:
            found = disputed(vm, _machines(turn), turn.now, platform.figures, platform.doubts.restored_at())
        except CloudError as error:
            self._postpone(turn, error)
            return True
        if found is not None:
            log.error("a VM is left as it is", extra={"vm": vm.id, "because": found.because, "doubt": doubt})
            turn.rest(look=DOUBTED)
        return found is not None

    def _step(self, turn: Turn) -> None:
        vm = turn.vm
        if vm.state is not State.DELETING and vm.expires_at is not None and vm.expires_at <= turn.now:
            turn.apply(dying(vm, Reason.EXPIRED), "expired", f"its end was {vm.expires_at.isoformat()}")
            return
        try:
            STEPS[vm.state](turn)
        except CloudError as error:
            self._postpone(turn, error)
        except (Moved, OutOfTime, IllegalMove):
            raise
        except Exception:
            # A fault of ours in one step must not leave the row held, nor keep its deadline and end from being judged.
            log.exception("a step failed", extra={"vm": vm.id, "state": vm.state.value})
            turn.wait(replace(turn.vm, failures=turn.vm.failures + 1))

    def _postpone(self, turn: Turn, error: CloudError) -> None:
        """What a step did not handle itself is tried again later: nothing is lost, since every step is idempotent and
        the state's deadline bounds the trying. A rate limit waits for the next minute, when the allowance returns."""
        vm = replace(turn.vm, failures=turn.vm.failures + 1)
        log.warning("a cloud call failed", extra={"vm": vm.id, "code": error.code, "scope": error.scope.value})
        if error.scope is Scope.RATE:
            turn.rest(vm, look=turn.next_minute())
        else:
            turn.wait(vm)


def _machines(turn: Turn) -> Sequence[Instance]:
    """The machines that carry the VM's id. While they cannot be listed whole, what is shown of them and the one that
    the row names, read by name: a VM that was ever up has its machine there for all its life, and no zone elsewhere is
    to keep it from its end. Raises CloudError where that says nothing either."""
    vm, compute = turn.vm, turn.platform.compute
    try:
        return compute.instances(vm.id)
    except CloudError as error:
        if vm.started_at is None or vm.zone is None or vm.instance_name is None:
            raise
        shown = error.found if isinstance(error, PartialList) else ()
        own = compute.instance(vm.zone, vm.instance_name)
        elsewhere = [each for each in shown if (each.zone, each.name) != (vm.zone, vm.instance_name)]
        return [*elsewhere, *filter(None, [own])]
