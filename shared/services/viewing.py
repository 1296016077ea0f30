"""Use case: what may be read. Other people's things answer as if they were not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from shared.catalog.regions import regions as catalogue
from shared.domain.errors import Invalid, NotFound
from shared.domain.life import State
from shared.domain.paging import Listing, Page, cut
from shared.domain.regions import RegionSetting, RuleUse
from shared.domain.vm import Vm
from shared.services.views import vm_view
from shared.services.watching import told

EVERYBODY = "*"
EVENTS_AT_ONCE = 1000

Viewer = tuple[str, bool]  # the account, and whether it may see other people's


class VmReads(Protocol):
    def by_name(self, name: str) -> Vm | None: ...
    def page(
        self, owner_id: str | None, states: Sequence[str], size: int, before: tuple[datetime, str] | None
    ) -> list[Vm]: ...
    def events(self, vm_id: str, after: int, limit: int) -> Sequence[Mapping[str, Any]]: ...
    def receipt(self, vm_id: str) -> Mapping[str, Any] | None: ...
    def regions(self) -> Sequence[RegionSetting]: ...
    def placed(self) -> Sequence[tuple[str, str, str]]: ...
    def paused(self) -> bool: ...


class Viewing:
    """`signup` and `model` are told to whoever asks for the health, since the page has to say them."""

    def __init__(self, reads: VmReads, signup: str, model: str | None) -> None:
        self.reads = reads
        self.signup = signup
        self.model = model

    def page(self, viewer: Viewer, owner: str | None, states: Sequence[State], page: Page) -> Listing[dict[str, Any]]:
        """VMs, newest first: one's own; with the right to, another owner's, or everybody's."""
        user_id, all_of_them = viewer
        wanted = owner if all_of_them and owner else user_id
        before = _cursor(page.after) if page.after else None
        found = self.reads.page(None if wanted == EVERYBODY else wanted, states, page.size + 1, before)
        listing = cut(found, page, lambda vm: f"{vm.created_at.isoformat()} {vm.id}")
        return Listing([vm_view(vm) for vm in listing.items], listing.next)

    def row(self, viewer: Viewer, name: str) -> Vm:
        """The VM, or NotFound `no_such_vm`."""
        user_id, all_of_them = viewer
        vm = self.reads.by_name(name)
        if vm is None or not (all_of_them or vm.owner_id == user_id):
            raise NotFound("no_such_vm", f"There is no VM {name}.")
        return vm

    def vm(self, viewer: Viewer, name: str) -> dict[str, Any]:
        return vm_view(self.row(viewer, name))

    def events(self, vm: Vm, after: int) -> dict[str, Any]:
        """Its events with numbers above `after`; the next page begins after the last one's number."""
        found = self.reads.events(vm.id, after, EVENTS_AT_ONCE)
        more = str(found[-1]["vm_number"]) if len(found) == EVENTS_AT_ONCE else None
        return {"events": [told(event) for event in found], "next_page_token": more}

    def receipt(self, viewer: Viewer, name: str) -> dict[str, Any]:
        """The receipt, or NotFound `no_receipt` while the VM is not at its end."""
        found = self.reads.receipt(self.row(viewer, name).id)
        if found is None:
            raise NotFound("no_receipt", f"{name} is not at its end yet; its receipt comes when all of it is gone.")
        return dict(found)

    def regions(self, viewer: Viewer) -> dict[str, Any]:
        """The region picture: what is used of each limit, the project's included, and by which VMs."""
        user_id, all_of_them = viewer
        placed, found = self.reads.placed(), self.reads.regions()
        rules = found[0].rules if found else RuleUse()
        return {
            "regions": [_region(each, placed, user_id, all_of_them) for each in found],
            "firewall_rules": {"used": rules.used, "limit": rules.limit},
        }

    def health(self) -> dict[str, Any]:
        return {
            "status": "ok",
            "creation_paused": self.reads.paused(),
            "signup": self.signup,
            "model": self.model,
        }


def _region(
    setting: RegionSetting, placed: Sequence[tuple[str, str, str]], user_id: str, all_of_them: bool
) -> dict[str, Any]:
    here = [(name, owner) for region, name, owner in placed if region == setting.id]
    names = [name for name, owner in here if all_of_them or owner == user_id]
    return {
        "id": setting.id,
        "city": catalogue()[setting.id].city if setting.id in catalogue() else setting.id,
        "fallback": setting.fallback,
        "priority": setting.priority,
        "status": _status(setting),
        "used_vcpus": setting.used_vcpus,
        "limit_vcpus": setting.vcpu_limit,
        "used_addresses": setting.used_addresses,
        "limit_addresses": setting.address_limit,
        "label": f"{setting.used_vcpus}/{setting.vcpu_limit} vCPUs",
        "vms": names,
        "others": len(here) - len(names),
    }


def _status(setting: RegionSetting) -> str:
    if setting.drained:
        return "drained"
    if setting.full:
        return "full"
    return "fallback" if setting.fallback else "free"


def _cursor(after: str) -> tuple[datetime, str]:
    at, _, vm_id = after.partition(" ")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not vm_id.isalnum():
            raise ValueError
        return moment.astimezone(UTC), vm_id
    except (ValueError, OverflowError):
        raise Invalid("page_token_invalid", "Use a next_page_token as it was given.") from None
