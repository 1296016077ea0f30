"""Use case: what an owner asks done to a VM that is there: extend, resize, stop, start, delete, reveal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.domain.errors import CloudError, Conflict, Gone, NotFound, Refusal
from shared.domain.life import TERMINAL, Figures, Reason, State, Wanted
from shared.domain.money import written
from shared.domain.regions import room
from shared.domain.spec import Spec, format_duration
from shared.domain.vm import Actor, Event, Ledger, Vm
from shared.services import terms
from shared.services.ports import Approvals, Idempotency, Registry, Secrets
from shared.services.provisioning.access import decrypt_password
from shared.services.provisioning.machine import secret_name
from shared.services.provisioning.placement import without
from shared.services.provisioning.turn import dying
from shared.services.relay import Relay
from shared.services.requesting import Answer, digest
from shared.services.terms import Resize, WholeLife
from shared.services.views import login_view, vm_view

log = logging.getLogger(__name__)

TRIES = 20  # a worker's claim moves the version too, so a person's change may have to be read and written again


@dataclass(frozen=True)
class Who:
    """Whose wish it is. An administrator may act on anybody's VM; other people's answer as if they were not there."""

    user_id: str
    admin: bool
    address: str

    @property
    def actor(self) -> Actor:
        return Actor("admin" if self.admin else "user", self.user_id, self.address)

    def owned(self, loaded: tuple[Vm, datetime] | None, name: str) -> tuple[Vm, datetime]:
        """The VM that was loaded by that name, or NotFound `no_such_vm`."""
        if loaded is None or not (self.admin or loaded[0].owner_id == self.user_id):
            raise NotFound("no_such_vm", f"There is no VM {name}.")
        return loaded


class Owning:
    def __init__(
        self,
        registry: Registry,
        approvals: Approvals,
        idempotency: Idempotency,
        secrets: Callable[[], Secrets],
        relay: Relay,
        whole_life: WholeLife,
        check: Callable[[Spec, Spec, datetime], None],
        figures: Figures,
        environment: str,
    ) -> None:
        self.registry = registry
        self.approvals = approvals
        self.idempotency = idempotency
        self.secrets = secrets
        self.relay = relay
        self.whole_life = whole_life
        self.check = check
        self.figures = figures
        self.environment = environment

    def extend(self, who: Who, name: str, by: timedelta, approved_total: Decimal, key: str) -> Answer:
        """A later end; beyond the machine's own termination time by a stop and a start, which the Quote announces.
        Conflict `ceiling_too_low` carries the Quote of the whole life; `beyond_switch` says that the machine's own
        termination time comes first and cannot be moved, or not in time; `past_end` that it is too late; `changing`;
        `quota_exceeded`."""

        def extended(vm: Vm, ledger: Ledger) -> Vm:
            return terms.extended(vm, ledger, by, approved_total, self.whole_life, self.figures)

        words = (str(by), written(approved_total))
        return self._write(who, name, key, "extend", words, extended, ("extended", f"by {format_duration(by)}"))

    def resize(self, who: Who, name: str, wish: Resize, key: str) -> Answer:
        """Another machine type, a larger disk, or both. Invalid for what a machine that is there cannot become;
        Conflict `ceiling_too_low` with the Quote of the whole life, `no_room`, `above_every_limit`, `quota_exceeded`,
        `not_resizable`, `changing` or `past_end`."""

        def resized(vm: Vm, ledger: Ledger) -> Vm:
            return terms.resized(vm, ledger, wish, self.whole_life, self.check)

        words = (str(wish.machine_type), str(wish.disk_gib), written(wish.approved_total))
        told = ", ".join(str(each) for each in (wish.machine_type, wish.disk_gib and f"{wish.disk_gib} GiB") if each)
        return self._write(who, name, key, "resize", words, resized, ("resize_requested", told), reserving=True)

    def stop(self, who: Who, name: str, key: str) -> Answer:
        """Conflict `not_running` unless it is RUNNING with nothing in flight."""
        return self._write(who, name, key, "stop", (), self._stopping, ("stop_requested", ""))

    def start(self, who: Who, name: str, key: str) -> Answer:
        """Reserves vCPUs and an address in its own region first: Conflict `no_room`, `not_stopped` or `past_end`."""
        return self._write(who, name, key, "start", (), self._starting, ("start_requested", ""), reserving=True)

    def delete(self, who: Who, name: str) -> Answer:
        """Gone as soon as the cloud confirms it; a VM that is already on its way out is answered as it is."""
        vm = self._change(who, name, lambda vm: self._deleting(vm, who), "delete_requested")
        return Answer(202, vm_view(vm))

    def reveal(self, who: Who, name: str) -> Answer:
        """The credentials, once, to the owner alone: an administrator's look would use up the owner's. Then Gone
        `revealed`; the answer is never kept, so a repeated key is Gone too."""
        who = replace(who, admin=False)
        vm, _ = self._owned(who, name)
        if vm.state in TERMINAL or vm.state is State.DELETING:
            raise Gone("gone", "The machine is gone, and its credentials with it.")
        if vm.revealed_at is not None:
            raise Gone("revealed", "The credentials were shown once and are not kept.")
        if vm.state not in (State.RUNNING, State.STOPPED):
            raise Conflict("not_ready", "The credentials are ready when the VM is running.")
        shown = {**login_view(vm), "private_key": None, "password": None, **self._credentials(vm)}
        self._change(who, name, self._revealed, "revealed")
        if vm.public_key is None or vm.windows:
            try:
                self.secrets().delete(secret_name(self.environment, vm.id))
            except CloudError as error:
                log.warning("a revealed secret stays until the VM's end", extra={"vm": vm.id, "code": error.code})
        return Answer(200, shown)

    def _stopping(self, vm: Vm, ledger: Ledger) -> Vm:
        if vm.change is not None:
            raise Conflict("changing", "It is being changed at this moment; stop it when that is done.")
        in_flight = vm.operation is not None and vm.operation.given_up_at is None
        if vm.state is not State.RUNNING or in_flight or vm.wanted is not Wanted.RUNNING:
            raise Conflict("not_running", f"It is {vm.state.value.lower()}; only a running VM can be stopped.")
        return replace(vm, wanted=Wanted.STOPPED, deadline_at=ledger.now + self.figures.power_deadline)

    def _starting(self, vm: Vm, ledger: Ledger) -> Vm:
        if vm.change is not None:
            raise Conflict("changing", "It is being changed at this moment; start it when that is done.")
        if vm.state is not State.STOPPED or vm.operation is not None or vm.wanted is not Wanted.STOPPED:
            raise Conflict("not_stopped", f"It is {vm.state.value.lower()}; only a stopped VM can be started.")
        if vm.expires_at is not None and vm.expires_at <= ledger.now:
            raise Conflict("past_end", "Its time is up; it can no longer be started.")
        own = next(each for each in ledger.regions if each.id == vm.region)
        if because := room(without(vm, own), vm.vcpus):
            raise Conflict("no_room", f"{own.id} has no room for it now: {because}.")
        return replace(
            vm,
            wanted=Wanted.RUNNING,
            reason=None,
            reason_detail=None,
            deadline_at=ledger.now + self.figures.power_deadline,
            reserved_region=own.id,
            reserved_vcpus=vm.vcpus,
        )

    def _deleting(self, vm: Vm, who: Who) -> Vm | None:
        if vm.state in TERMINAL or vm.state is State.DELETING:
            return None
        if who.admin and who.user_id != vm.owner_id:
            return dying(vm, Reason.ADMIN)
        return dying(vm, Reason.USER if vm.started_at is not None else Reason.CANCELLED)

    def _revealed(self, vm: Vm) -> Vm:
        if vm.revealed_at is not None:
            raise Gone("revealed", "The credentials were shown once and are not kept.")
        return replace(vm, revealed_at=self.registry.clock())

    def _credentials(self, vm: Vm) -> Mapping[str, Any]:
        if vm.public_key is not None and not vm.windows:
            return {}
        private = self.secrets().read(secret_name(self.environment, vm.id))
        if private is None:
            raise Gone("revealed", "The credentials were shown once and are not kept.")
        if not vm.windows:
            return {"private_key": private.decode()}
        if vm.encrypted_password is None:
            raise Conflict("not_ready", "Windows has not answered with a password yet.")
        return {"password": decrypt_password(private, vm.encrypted_password)}

    def _write(
        self,
        who: Who,
        name: str,
        key: str,
        action: str,
        words: tuple[str, ...],
        change: Callable[[Vm, Ledger], Vm],
        told: tuple[str, str],
        reserving: bool = False,
    ) -> Answer:
        """One transaction of change and answer, tried again when a worker was in between."""
        if given := self.idempotency.begin(who.user_id, key, action, digest(name, *words)):
            return Answer(*given)
        event = Event(told[0], who.actor, told[1])
        try:
            for _ in range(TRIES):
                vm, _now = self._owned(who, name)
                decide = _deciding(vm, change, event)
                done = self.approvals.change(who.user_id, key, vm, decide, vm_view, reserving=reserving)
                if done is not None:
                    self.relay.flush(vm.id)
                    return Answer(202, vm_view(done))
            raise Conflict("busy", "The VM is changing at this moment; try again.")
        except Refusal:
            self.idempotency.abandon(who.user_id, key)
            raise

    def _change(self, who: Who, name: str, change: Callable[[Vm], Vm | None], kind: str) -> Vm:
        """Read, judge, compare-and-set; read again when a worker was in between. For what needs no key."""
        for _ in range(TRIES):
            vm, _now = self._owned(who, name)
            after = change(vm)
            if after is None:
                return vm
            done = self.registry.apply(vm, after, Event(kind, who.actor), wake=True)
            if done is not None:
                self.relay.flush(vm.id)
                return done
        raise Conflict("busy", "The VM is changing at this moment; try again.")

    def _owned(self, who: Who, name: str) -> tuple[Vm, datetime]:
        return who.owned(self.registry.load_by_name(name), name)


def _deciding(vm: Vm, change: Callable[[Vm, Ledger], Vm], event: Event) -> Callable[[Ledger], tuple[Vm, Event]]:
    return lambda ledger: (change(vm, ledger), event)
