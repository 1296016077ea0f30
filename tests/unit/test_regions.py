"""The order in which regions are tried, and why one may not or cannot hold a VM."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.regions import RegionSetting, RuleUse, excluded, order, room, too_small
from shared.domain.spec import RegionWish

REGION = RegionSetting("us-west1", priority=1, fallback=False, vcpu_limit=8)
pairs = st.tuples(st.integers(0, 4), st.integers(0, 4))
FALLBACK = RegionSetting("northamerica-south1", priority=0, fallback=True, vcpu_limit=8)
OTHERS = tuple(RegionSetting(f"region-{letter}1", number, False, 8) for number, letter in enumerate("abc", 2))
NAMES = ("us-west1", "us-east1", "europe-west2", "europe-west9", "asia-south2")

settings = st.lists(
    st.builds(RegionSetting, st.sampled_from(NAMES), st.integers(0, 5), st.booleans(), st.integers(0, 16)),
    unique_by=lambda setting: setting.id,
)
ranks = st.dictionaries(st.sampled_from(NAMES), st.decimals(0, 100, places=2))
wishes = st.none() | st.sampled_from(NAMES).flatmap(
    lambda name: st.sampled_from([RegionWish(must=name), RegionWish(prefer=name)])
)


def ids(*regions: RegionSetting, **how: object) -> list[str]:
    return [region.id for region in order(regions, **how)]


def test_priority_decides_and_fallbacks_come_last() -> None:
    assert ids(*reversed(OTHERS), FALLBACK, REGION) == [
        *("us-west1", "region-a1", "region-b1", "region-c1"),
        "northamerica-south1",
    ]


def test_equal_priorities_are_ordered_by_name_so_that_every_choice_agrees() -> None:
    same = [replace(region, priority=1) for region in OTHERS]
    assert ids(*reversed(same)) == ["region-a1", "region-b1", "region-c1"]


def test_a_rank_orders_the_ordinary_and_the_fallbacks_apart() -> None:
    rank = {"region-a1": Decimal("0.3"), "region-b1": 0.1, "northamerica-south1": 0}
    assert ids(REGION, *OTHERS, FALLBACK, rank=rank) == [
        *("region-b1", "region-a1", "us-west1", "region-c1"),
        "northamerica-south1",
    ]


@pytest.mark.parametrize("kind", ["prefer", "must"])
def test_a_wished_for_fallback_comes_first(kind: str) -> None:
    wish = RegionWish.model_validate({kind: FALLBACK.id})
    assert ids(REGION, FALLBACK, wish=wish, rank={REGION.id: 0}) == [FALLBACK.id, REGION.id]


@given(settings, wishes, ranks)
def test_an_order_loses_and_invents_no_region(
    regions: list[RegionSetting], wish: RegionWish | None, rank: dict[str, Decimal]
) -> None:
    ordered = order(regions, wish, rank)
    assert sorted(region.id for region in ordered) == sorted(region.id for region in regions)
    assert ordered == order(reversed(regions), wish, rank)


@given(settings, wishes, ranks)
def test_no_fallback_comes_before_an_ordinary_region_unless_it_is_wished_for(
    regions: list[RegionSetting], wish: RegionWish | None, rank: dict[str, Decimal]
) -> None:
    wished = (wish.must or wish.prefer) if wish else None
    kinds = [region.fallback for region in order(regions, wish, rank) if region.id != wished]
    assert kinds == sorted(kinds)


def test_a_required_region_excludes_every_other_and_a_preferred_one_none() -> None:
    assert excluded(FALLBACK, RegionWish(must="us-west1")) == "us-west1 is required"
    assert excluded(REGION, RegionWish(must="us-west1")) is None
    assert excluded(FALLBACK, RegionWish(prefer="us-west1")) is None


def test_a_drained_region_is_out_even_where_it_is_required() -> None:
    drained = replace(REGION, drained=True)
    assert "drained" in (excluded(drained, None) or "")
    assert "drained" in (excluded(drained, RegionWish(must="us-west1")) or "")


def test_a_limit_is_reached_but_not_passed() -> None:
    assert too_small(REGION, 8) is None
    assert too_small(REGION, 9) == "its limit of 8 vCPUs is below the 9 needed"
    used = replace(REGION, used_vcpus=6)
    assert room(used, 2) is None
    assert room(used, 4) == "2 of 8 vCPUs free, 4 needed"


def test_a_limit_lowered_under_what_is_used_leaves_nothing_free() -> None:
    lowered = replace(REGION, used_vcpus=12)
    assert lowered.free_vcpus == 0
    assert room(lowered, 1) == "0 of 8 vCPUs free, 1 needed"


def test_an_address_and_a_rule_are_needed_beside_the_vcpus() -> None:
    crowded = replace(REGION, used_addresses=8)
    assert room(crowded, 2) == "8 of 8 external addresses in use"
    assert crowded.full
    assert room(replace(REGION, rules=RuleUse(3, 3)), 2) == "3 of 3 firewall rules of the project in use"
    told = "the project's limit of 0 firewall rules is below the 1 needed"
    assert too_small(replace(REGION, rules=RuleUse(0, 0)), 2) == told
    assert too_small(replace(REGION, address_limit=0), 2) == "its limit of 0 external addresses is below the 1 needed"


@given(st.integers(0, 64), st.integers(0, 64), st.integers(1, 64), pairs, pairs)
def test_there_is_room_exactly_while_every_sum_stays_within_its_limit(
    limit: int, used: int, vcpus: int, addresses: tuple[int, int], rules: tuple[int, int]
) -> None:
    setting = replace(
        REGION,
        vcpu_limit=limit,
        used_vcpus=used,
        address_limit=addresses[0],
        used_addresses=addresses[1],
        rules=RuleUse(*rules),
    )
    fits = used + vcpus <= limit and addresses[1] < addresses[0] and rules[1] < rules[0]
    assert (room(setting, vcpus) is None) == fits
