"""The regions with what is reserved in them: what a choice is made by, and what everybody may see."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from shared.db.models import Region, table
from shared.db.vm_models import VmRow
from shared.domain.regions import RegionSetting

REGIONS, VMS = table(Region), table(VmRow)


def region_settings(connection: Connection, *, lock: bool) -> list[RegionSetting]:
    """Every region in priority order with the vCPUs counted against it. The rows are locked in that same order,
    so two choices never wait for each other crosswise."""
    query = select(REGIONS).order_by(REGIONS.c.id)
    found = connection.execute(query.with_for_update(key_share=True) if lock else query).mappings().all()
    sums = func.sum(VMS.c.reserved_vcpus).label("vcpus"), func.min(VMS.c.expires_at).label("next_end")
    used = select(VMS.c.reserved_region, *sums).where(VMS.c.reserved_region.is_not(None))
    use = {row.reserved_region: row for row in connection.execute(used.group_by(VMS.c.reserved_region))}
    regions = [
        RegionSetting(**region, used_vcpus=int(use[region["id"]].vcpus), next_end=use[region["id"]].next_end)
        if region["id"] in use
        else RegionSetting(**region)
        for region in found
    ]
    return sorted(regions, key=lambda region: (region.fallback, region.priority, region.id))
