"""Use case: what an owner wants done with an idle machine, and what of it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from shared.domain.errors import Conflict
from shared.domain.life import TERMINAL, State
from shared.domain.money import written
from shared.domain.use import IdleStop, written_idle_stop
from shared.domain.vm import Event, Vm
from shared.services.idling import check_measurable, saved_hourly, why_never
from shared.services.owning import TRIES, Who
from shared.services.ports import Registry
from shared.services.relay import Relay
from shared.services.views import moment


class Choices(Protocol):
    def chosen(self, vm_id: str) -> IdleStop | None:
        """What its owner chose for a VM."""

    def choose(self, before: Vm, after: timedelta | None, event: Event) -> Vm | None:
        """Keep an owner's choice, counted from now on and without a warning; None when somebody else moved the VM."""


class IdleStops:
    def __init__(self, registry: Registry, choices: Choices, relay: Relay) -> None:
        self.registry = registry
        self.choices = choices
        self.relay = relay

    def choose(self, who: Who, name: str, after: timedelta | None) -> Mapping[str, Any]:
        """Have it stopped once it has been idle for so long, counted from now (None: never): the same again keeps a
        machine running that was warned. NotFound; Invalid `idle_unmeasured`; Conflict `gone` or `busy`."""
        for _ in range(TRIES):
            vm, _now = who.owned(self.registry.load_by_name(name), name)
            if vm.state in TERMINAL or vm.state is State.DELETING:
                raise Conflict("gone", "The machine is gone, or on its way out.")
            if after is not None:
                check_measurable(vm.spec)
            done = self.choices.choose(vm, after, Event("idle_stop_chosen", who.actor, written_idle_stop(after)))
            if done is not None:
                self.relay.flush(vm.id)
                return idle_view(done, self.choices.chosen(vm.id))
        raise Conflict("busy", "The VM is changing at this moment; try again.")


def idle_view(vm: Vm, choice: IdleStop | None) -> Mapping[str, Any]:
    """What is chosen, and the warning that stands. `never`: why it has no effect on this machine, if so."""
    warned = choice if choice is not None and choice.warned(vm) else None
    return {
        "name": vm.name,
        "idle_stop": written_idle_stop(choice.after if choice else None),
        "never": why_never(vm.spec),
        "warned_at": moment(warned.warned_at) if warned else None,
        "stops_at": moment(warned.stops_at) if warned else None,
        "saving_hourly": written(saved_hourly(vm)),
        "currency": vm.quote.currency,
    }
