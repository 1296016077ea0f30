"""What one look at the cloud leads to, and how much of it one sweep may do: the sweep and a dry run of it both follow
this, so that a dry run tells what a sweep does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from shared.domain.errors import CloudError
from shared.domain.vm import Vm
from shared.services.inventory import Found
from shared.services.provisioning.doubting import Difference
from shared.services.views import moment


@dataclass(frozen=True)
class Verdict:
    """What is to become of a resource, and why: destroy (in a sweep's turn), hold (it would be destroyed, were this
    database not in doubt), keep (quarantined, or on its way out already) or ask (an administrator decides)."""

    found: Found
    action: str
    because: str
    limited: bool = True  # counts against what one sweep may destroy: no row at its end explains it
    unknown: bool = False  # no row knows it, be it at its end or not

    @property
    def counted(self) -> bool:
        """Whether a sweep destroys only so many of such."""
        return self.limited and self.action == "destroy"


@dataclass(frozen=True)
class Ending:
    """A row past its end: the sweep ends it, or holds it back (`disputed`: why)."""

    vm: Vm
    disputed: Difference | None


class Allowance:
    """What is left of what one sweep may destroy; the sweep and a dry run of it are both judged by this."""

    def __init__(self, most: int) -> None:
        self.left = most

    def permits(self, verdict: Verdict) -> bool:
        return verdict.action == "destroy" and not (verdict.limited and self.left == 0)

    def spend(self, verdict: Verdict) -> None:
        self.left -= verdict.limited


@dataclass(frozen=True)
class Plan:
    """What one look at the cloud leads to. `most`: how many may be destroyed by one sweep; `lost`: ids of VMs whose
    machine is not there as the row has it; `unlike`: those whose machine shows what the row does not know; `doubt`: why
    this database may not be the newest; `missing`: by kind, why its list is not whole;
    `refused`: how many are held back because they are too many at once, or such a hold stands."""

    at: datetime
    seen: int
    most: int
    verdicts: tuple[Verdict, ...]
    lost: tuple[str, ...]
    unlike: tuple[tuple[Vm, Difference], ...] = ()
    ends: tuple[Ending, ...] = ()
    doubt: str | None = None
    missing: Mapping[str, CloudError] = field(default_factory=dict)
    refused: int = 0

    def whole(self) -> Plan:
        """This, if all could be read; raises CloudError, why not. For what is to be seen as the whole."""
        for why in self.missing.values():
            raise why
        return self

    @property
    def unread(self) -> dict[str, str]:
        """The kinds whose lists are not whole, and the code of what kept them from it."""
        return {kind: why.code for kind, why in self.missing.items()}

    @property
    def selected(self) -> int:
        """How many resources that no row at its end explains this would destroy, in however many sweeps."""
        return sum(each.counted for each in self.verdicts)

    def in_turn(self, ahead: int = 0) -> tuple[Verdict, ...]:
        """As a sweep takes them, so many minutes ahead. What is limited begins with another one each minute: one that
        will not go does not use up the others' sweeps. Not simply with the next, as sweeps may miss every other
        minute."""
        free = tuple(each for each in self.verdicts if not each.counted)
        counted = tuple(each for each in self.verdicts if each.counted)
        minute = int(self.at.timestamp() // 60) + ahead
        first = crc32(str(minute).encode()) % max(len(counted), 1)
        return (*free, *counted[first:], *counted[:first])

    def foretold(self, ahead: int = 0) -> tuple[Verdict, ...]:
        """What a sweep destroys so many minutes ahead, if each of them goes."""
        allowance, chosen = Allowance(self.most), []
        for verdict in self.in_turn(ahead):
            if allowance.permits(verdict):
                chosen.append(verdict)
                allowance.spend(verdict)
        return tuple(chosen)

    def report(self, ahead: int = 0) -> dict[str, Any]:
        """For the administrator: plain JSON. `this_sweep`: whether it is destroyed by the one of so many minutes
        ahead."""
        chosen = {id(each) for each in self.foretold(ahead)}
        told = [
            {**asdict(v.found), "end": moment(v.found.end), "created_at": moment(v.found.created_at)}
            | {"action": v.action, "because": v.because, "this_sweep": id(v) in chosen}
            for v in self.verdicts
        ]
        return {
            "at": moment(self.at),
            "seen": self.seen,
            "most": self.most,
            "doubt": self.doubt,
            "refused": self.refused,
            "unread": self.unread,
            "resources": told,
            "lost": list(self.lost),
            "unlike": [
                {"vm": vm.name, "what": each.what.value, "because": each.because, "end": moment(each.end)}
                for vm, each in self.unlike
            ],
            "ends": [
                {"vm": each.vm.name, "end": moment(each.vm.expires_at), "action": "hold" if each.disputed else "end"}
                for each in self.ends
            ],
        }
