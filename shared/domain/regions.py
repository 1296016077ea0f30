"""Which regions may hold a VM, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.domain.spec import RegionWish

Policy = Literal["priority", "cheapest", "greenest", "nearest"]

# What a project has that never asked for more: Compute's quotas IN_USE_ADDRESSES of each region, and FIREWALLS of the
# project (100 or 200, by its age), as `gcloud compute regions describe` and `project-info describe` show them.
ADDRESSES, RULES = 8, 100


@dataclass(frozen=True, slots=True)
class RuleUse:
    """The project's firewall rules. A VM holds one from its first reservation until the cloud confirms it gone."""

    limit: int = RULES
    used: int = 0


@dataclass(frozen=True, slots=True)
class RegionSetting:
    """A region as the registry has it now. `used_vcpus` and `used_addresses` (external ones): what its VMs hold or have
    reserved; `next_end`: when the first of them ends, None where none has an end yet; `rules`: the project's, the same
    for every region."""

    id: str
    priority: int
    fallback: bool
    vcpu_limit: int
    address_limit: int = ADDRESSES
    drained: bool = False
    used_vcpus: int = 0
    used_addresses: int = 0
    next_end: datetime | None = None
    rules: RuleUse = RuleUse()

    @property
    def free_vcpus(self) -> int:
        """Never below nothing: a limit may have been lowered under what is used."""
        return max(0, self.vcpu_limit - self.used_vcpus)

    @property
    def full(self) -> bool:
        """Whether it takes no VM of any size at this moment."""
        return room(self, 1) is not None


def order(
    settings: Iterable[RegionSetting],
    wish: RegionWish | None = None,
    rank: Mapping[str, Decimal | float] | None = None,
) -> tuple[RegionSetting, ...]:
    """The order in which regions are tried.

    A wished-for region first, fallback or not; then the ordinary ones, then the fallbacks; within each by `rank`, the
    lowest first (a total, gCO2/kWh, kilometres: whatever the policy goes by; none for the policy `priority`), regions
    without a rank last; then by priority.
    """
    wished = (wish.prefer or wish.must) if wish else None
    ranked = rank or {}

    def place(setting: RegionSetting) -> tuple[bool, bool, bool, float, int, str]:
        unranked = setting.id not in ranked
        value = 0.0 if unranked else float(ranked[setting.id])
        first = setting.id == wished
        return (not first, setting.fallback and not first, unranked, value, setting.priority, setting.id)

    return tuple(sorted(settings, key=place))


def excluded(setting: RegionSetting, wish: RegionWish | None) -> str | None:
    """Why the region is out whatever its size: it is drained, or another one is required. None if it is not."""
    if wish is not None and wish.must is not None and wish.must != setting.id:
        return f"{wish.must} is required"
    if setting.drained:
        return "drained: it takes no new VMs"
    return None


def too_small(setting: RegionSetting, vcpus: int) -> str | None:
    """Why the VM could never fit while the region's limit is as it is. None if it could."""
    if vcpus > setting.vcpu_limit:
        return f"its limit of {setting.vcpu_limit} vCPUs is below the {vcpus} needed"
    if setting.address_limit < 1:
        return "its limit of 0 external addresses is below the 1 needed"
    if setting.rules.limit < 1:
        return "the project's limit of 0 firewall rules is below the 1 needed"
    return None


def room(setting: RegionSetting, vcpus: int) -> str | None:
    """Why the VM, with its external address and its firewall rule, does not fit at this moment. None if it does."""
    if vcpus > setting.free_vcpus:
        return f"{setting.free_vcpus} of {setting.vcpu_limit} vCPUs free, {vcpus} needed"
    if setting.used_addresses >= setting.address_limit:
        return f"{setting.used_addresses} of {setting.address_limit} external addresses in use"
    if setting.rules.used >= setting.rules.limit:
        return f"{setting.rules.used} of {setting.rules.limit} firewall rules of the project in use"
    return None
