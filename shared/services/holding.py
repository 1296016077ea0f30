"""Use case: what is held back until an administrator has seen it and goes on: after a restored backup what the database
may have lost, and what no row explains where a sweep found too much of it at once.

What a restored database has lost the cloud may still have: machines that no row knows, ends that were extended, names
that were given. So nothing of that is destroyed, and no name of it is given again, until the list has been seen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import ValidationError

from shared.domain.errors import Conflict, Invalid
from shared.domain.holds import Hold
from shared.domain.machine import Instance
from shared.domain.money import written
from shared.domain.seals import Head
from shared.domain.vm import Actor
from shared.services import reconciling
from shared.services.orphans import orphan_view
from shared.services.provisioning.description import Description
from shared.services.provisioning.doubting import Unlike
from shared.services.provisioning.turn import Platform
from shared.services.sealing import Sealing
from shared.services.sweep_plan import Plan
from shared.services.views import moment

_TAKEN = {Unlike.LATER_END: "take-end", Unlike.UNKNOWN_MACHINE: "take-machine", Unlike.OTHER_TYPE: "take-machine"}
_NAME = re.compile(r"^(.+)-(\d{1,9})$")


class Holds(Protocol):
    def standing(self) -> Hold | None:
        """The hold that stands."""

    def raise_(self, own: Head | None, archive: Head) -> Hold:
        """Hold back from now on what a restored backup may have lost; the hold that stands for that already, if there
        is one."""

    def refuse(self, own: Head | None, listed: Sequence[Mapping[str, Any]], told: str) -> None:
        """Hold back what no row explains, from now on; nothing to do where a hold stands."""

    def fill(self, hold_id: int, listed: Sequence[Mapping[str, Any]], names: Mapping[str, int]) -> None:
        """Write down what was found, and give none of these names again: the highest number of each stem."""

    def compared(self, *, archived: bool) -> None:
        """The database is not behind the archive; not `archived`: there is none to compare it with."""

    def lift(
        self, hold: Hold, archive: Head | None, actor: Actor, told: str, listed: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Hold nothing back any more, and let the chain of seals go on after the archive's head (None: it is not
        ahead), in one transaction with the record of who decided so, having seen `listed`. False if it was lifted
        already."""


class Holding:
    def __init__(self, platform: Platform, holds: Holds, sealing: Sealing) -> None:
        self.platform = platform
        self.holds = holds
        self.sealing = sealing

    def check(self) -> int:
        """The sweep's first part: whether the database is behind the archive of its own seals, and a hold if it is; how
        many stand. Raises CloudError while the archive does not answer: that raises no hold, and lifts none."""
        hold = self.holds.standing()
        if not self.sealing.behind():
            self.holds.compared(archived=self.sealing.archive is not None)
        elif (hold is None or not hold.restored) and (heads := self.sealing.lost_from()):
            hold = self.holds.raise_(*heads)
        if hold is not None and hold.listed is None:
            plan = reconciling.plan(self.platform).whole()
            self.holds.fill(hold.id, listed(plan), names(self.platform.compute.instances()))
        return int(hold is not None)

    def refuse(self, plan: Plan) -> None:
        """A sweep found too much at once that no row explains: a hold with that list, unless one stands."""
        if self.holds.standing() is None:
            told = f"{plan.refused} of {plan.seen} resources, where a sweep may destroy {plan.most}"
            self.holds.refuse(self.sealing.seals.head(), listed(plan.whole()), told)

    def view(self, *, dry_run: bool) -> dict[str, Any]:
        """The hold that stands, with what the cloud shows now and the token of having seen it; and, for a dry run, what
        the next sweep would do."""
        hold = self.holds.standing()
        plan = reconciling.plan(self.platform) if hold is not None or dry_run else None
        shown = _hold_view(hold, listed(plan.whole())) if hold is not None and plan is not None else None
        return {"hold": shown} | ({"next_sweep": plan.report(ahead=1)} if plan is not None and dry_run else {})

    def go_on(self, actor: Actor, seen: str) -> dict[str, Any]:
        """An administrator has seen the list: the hold is lifted, what it held back goes its usual way. Conflict
        `list_changed`, with the list as it is now, where it is not the one that was seen. Asked again, the same answer.
        Raises CloudError while the archive does not answer, or a kind cannot be listed: then it stays."""
        hold = self.holds.standing()
        if hold is None:
            return {"hold": None}
        now = listed(reconciling.plan(self.platform).whole())
        if seen != token(now):
            told = "What the cloud shows has changed since: look at the list again."
            raise Conflict("list_changed", told, hold=_hold_view(hold, now))
        heads = self.sealing.lost_from()
        lost = f"seals {_first_lost(hold)} to {hold.archive.number} are lost; " if hold.restored else ""
        self.holds.lift(hold, heads[1] if heads else None, actor, f"{lost}{len(now)} differences seen", now)
        return {"hold": None}


def listed(plan: Plan) -> list[dict[str, Any]]:
    """What an administrator has to see, by the selector of the sweep: what no row explains, and rows whose machine
    shows what they do not know. `decisions`: what can be done about each, besides letting it go its way."""
    orphans = [
        {**_common(shown, "orphan"), "kind": shown["kind"], "zone": shown["zone"]}
        | {"decisions": ["adopt", "destroy"] if shown["adoptable"] else ["destroy"]}
        for shown in (orphan_view(each) for each in plan.verdicts if not each.found.going)
    ]
    rows = [
        {"id": vm.name, "what": each.what.value, "name": vm.name, "kind": "vm", "zone": vm.zone}
        | {"approved_total": written(vm.approved_total)}
        | {"end": moment(each.end), "row_end": moment(vm.expires_at), "because": each.because}
        | {"decisions": [*filter(None, [_TAKEN.get(each.what)]), "destroy"]}
        for vm, each in plan.unlike
    ]
    return orphans + rows


def token(items: Sequence[Mapping[str, Any]]) -> str:
    """Of having seen this list: the same however time alone changes what would become of each."""
    facts = sorted([str(each["id"]), str(each["what"]), str(each["end"])] for each in items)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def names(instances: Sequence[Instance]) -> dict[str, int]:
    """The highest number of each stem among the names that machines of ours were made under."""
    found: dict[str, int] = {}
    for each in instances:
        if told := _NAME.match(_made_as(each)):
            found[told[1]] = max(found.get(told[1], 0), int(told[2]))
    return found


def _made_as(instance: Instance) -> str:
    """The VM's public name, as the machine tells it; else its own, which is the same but for a later attempt's."""
    try:
        return Description.model_validate_json(instance.made_as or "").name
    except (ValidationError, Invalid):
        return instance.name


def _common(shown: Mapping[str, Any], what: str) -> dict[str, Any]:
    same = ("id", "name", "end", "because")
    return {name: shown[name] for name in same} | {"what": what, "row_end": None, "approved_total": None}


def _hold_view(hold: Hold, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "raised_at": moment(hold.raised_at),
        "lost_seals": {"from": _first_lost(hold), "to": hold.archive.number} if hold.restored else None,
        "found_then": len(hold.listed) if hold.listed is not None else None,
        "items": list(items),
        "seen": token(items),
    }


def _first_lost(hold: Hold) -> int:
    return hold.own.number + 1 if hold.own else 1
