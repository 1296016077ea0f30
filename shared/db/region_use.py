"""The regions with what is reserved there and in the project: what a choice is made by, and what everybody may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, func, select

from shared.db.models import Project, Region, table
from shared.db.vm_models import VmRow
from shared.domain.life import TERMINAL
from shared.domain.regions import RegionSetting, RuleUse

REGIONS, PROJECT, VMS = table(Region), table(Project), table(VmRow)


def region_settings(connection: Connection, *, lock: bool) -> list[RegionSetting]:
    """Every region in priority order with what is counted against it and against the project. The project's row is
    locked first, then the regions' in the order of their ids, so two choices never wait for each other crosswise."""
    if lock:
        connection.execute(select(PROJECT.c.id).with_for_update(key_share=True))
    rule_limit = select(PROJECT.c.firewall_rule_limit).scalar_subquery().label("rule_limit")
    query = select(REGIONS, rule_limit).order_by(REGIONS.c.id)
    found = connection.execute(query.with_for_update(key_share=True) if lock else query).mappings().all()
    use = {row["reserved_region"]: dict(row) for row in connection.execute(_held()).mappings()}
    rules = sum(row["vms"] for row in use.values())
    settings = [_setting(dict(row), use.get(row["id"], {}), rules) for row in found]
    return sorted(settings, key=lambda region: (region.fallback, region.priority, region.id))


def _held() -> Select[Any]:
    """What the VMs hold, by the region that they have reserved in: while they may have a machine that is up, their
    vCPUs and one external address each. Those in no region are stopped, and like all others hold one firewall rule,
    from the first reservation until the cloud has confirmed that it is gone."""
    sums = func.sum(VMS.c.reserved_vcpus).label("vcpus"), func.count().label("vms")
    query = select(VMS.c.reserved_region, *sums, func.min(VMS.c.expires_at).label("next_end"))
    holding = VMS.c.region.is_not(None), VMS.c.state.not_in(TERMINAL)
    return query.where(*holding).group_by(VMS.c.reserved_region)


def _setting(region: dict[str, Any], use: Mapping[str, Any], rules: int) -> RegionSetting:
    return RegionSetting(
        rules=RuleUse(region.pop("rule_limit"), rules),
        used_vcpus=int(use.get("vcpus", 0)),
        used_addresses=use.get("vms", 0),
        next_end=use.get("next_end"),
        **region,
    )
