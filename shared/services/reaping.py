"""The sweep, once a minute: whether this database is the newest; ends and stuck work, warnings, reconciliation with the
cloud, then what is unsent.

Each part stands alone: one that fails is logged and the others go on, so that deaths do not wait for Pub/Sub.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from shared.domain.errors import CloudError, VmCreatorError
from shared.services import reconciling
from shared.services.ports import Outbox
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.turn import Platform
from shared.services.relay import Relay
from shared.services.sealing import Sealing
from shared.services.sweep_plan import Allowance, Plan

log = logging.getLogger(__name__)

ENDS_AHEAD = timedelta(hours=24)
BATCH = 500
BUDGET = 50.0  # seconds: a sweep ends before the next one starts
ERRAND = 5.0  # seconds: what an errand gets at the least, and each of reconciliation's two ways
SHARE = timedelta(seconds=10)  # of the budget for one VM, unless a call of its hangs: a longer run is provision's


class Reports(Protocol):
    def keep(self, report: dict[str, Any]) -> None:
        """Keep a reconciliation's report for the administrator; old ones are forgotten."""

    def orphan(self, action: str, detail: str, outcome: str) -> None:
        """Write into the audit log what no VM's own record tells of."""


class Housekeeping(Protocol):
    def forget(self) -> None:
        """Delete what nobody can use any more: ended sessions, old rate windows, old idempotency keys."""


class Reaper:
    """`errands`: further parts of a sweep, each given the moment (of the monotonic clock) by which to be done.
    `compare`: what sees whether this is the newest database, before anything is ended; `refuse`: what holds back a
    plan that would destroy too much. `clock`: the monotonic one."""

    def __init__(
        self,
        platform: Platform,
        advancer: Advancer,
        relay: Relay,
        outbox: Outbox,
        reports: Reports,
        housekeeping: Housekeeping,
        sealing: Sealing,
        errands: Mapping[str, Callable[[float], int]] | None = None,
        compare: Callable[[], int] = lambda: 0,
        refuse: Callable[[Plan], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.platform = platform
        self.advancer = advancer
        self.relay = relay
        self.outbox = outbox
        self.reports = reports
        self.housekeeping = housekeeping
        self.sealing = sealing
        self.errands = errands or {}
        self.compare = compare
        self.refuse = refuse
        self.clock = clock

    def sweep(self) -> dict[str, Any]:
        """One tick; what each part did, or the code of what stopped it. `unread`: the kinds of resources that could
        not be listed whole, and why."""
        until = self.clock() + BUDGET
        unread: dict[str, str] = {}
        return {
            "held": self._part("comparison", self.compare),
            "ends": self._part("ends", lambda: self.platform.registry.plan_ends(ENDS_AHEAD)),
            "advanced": self._part("due", lambda: self._advance_due(until)),
            "warned": self._part("warnings", self.platform.registry.warn),
            "reconciled": self._part("reconciliation", lambda: self._reconcile(until, unread)),
            "unread": unread,
            "sent": self._part("relay", self.relay.flush),
            **{name: self._part(name, partial(self._errand, run, until)) for name, run in self.errands.items()},
            "sealed": self._part("seals", self.sealing.tick),
            "forgotten": self._part("housekeeping", self._forget),
        }

    def _errand(self, run: Callable[[float], int], until: float) -> int:
        return run(self._moment(until))

    def _moment(self, until: float) -> float:
        """However long the rest took, each part gets a moment: what is only ever left over would never be done."""
        return max(until, self.clock() + ERRAND)

    def _part(self, name: str, work: Callable[[], int]) -> int | str:
        try:
            return work()
        except VmCreatorError as error:
            log.error("a part of the sweep failed", extra={"part": name, "code": error.code})
            return error.code
        except Exception:
            log.exception("a part of the sweep failed", extra={"part": name})
            return "internal"

    def _advance_due(self, until: float) -> int:
        """Ends that have come first; what is left over when the time is up is due again next minute."""
        done = 0
        for vm_id in self.platform.registry.due(BATCH):
            if self.clock() > until:
                break
            self._advance(vm_id)
            done += 1
        return done

    def _advance(self, vm_id: str) -> None:
        """One that fails keeps no other waiting."""
        try:
            self.advancer.advance(vm_id, SHARE)
        except Exception:
            log.exception("a VM could not be advanced", extra={"vm": vm_id})

    def _reconcile(self, until: float, unread: dict[str, str]) -> int:
        plan = reconciling.plan(self.platform)
        unread.update(plan.unread)
        if plan.refused:
            log.error("too much is to be destroyed: nothing of it is", extra={"refused": plan.refused})
            if not plan.unread:  # a list with gaps is no list to be seen; the next plan refuses the same
                self.refuse(plan)
        if plan.selected > plan.most:
            told = {"selected": plan.selected, "most": plan.most, "seen": plan.seen}
            log.error("more is to be destroyed than one sweep may", extra=told)
        destroyed = self._destroy(plan, self._moment(until))
        until = self._moment(until)
        for vm_id in plan.lost:
            if self.clock() < until:
                self._advance(vm_id)
        if plan.verdicts or plan.lost or plan.unlike or plan.unread:
            self.reports.keep(plan.report())
        return destroyed

    def _destroy(self, plan: Plan, until: float) -> int:
        """As many of what no row explains as one sweep may, and all that a VM at its end has left. One that cannot be
        destroyed, or written down, saves no other; it does not count, unless it may be gone all the same."""
        allowance = Allowance(plan.most)
        for verdict in plan.in_turn():
            if self.clock() > until:
                break
            if not allowance.permits(verdict):
                continue
            found = verdict.found
            try:
                reconciling.destroy(self.platform, verdict, str(uuid.uuid4()), self.reports.orphan)
            except CloudError as error:
                log.error("could not be destroyed", extra={"resource": found.name, "code": error.code})
                if not error.unknown_outcome:
                    continue
            except Exception:
                log.exception("could not be destroyed, or not written down", extra={"resource": found.name})
            allowance.spend(verdict)
        return plan.most - allowance.left

    def _forget(self) -> int:
        self.housekeeping.forget()
        return self.outbox.forget_sent()
