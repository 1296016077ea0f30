"""Whatever the market, the wish and what was refused: no choice of a place breaks a rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.regions import DEFAULT_REGIONS
from shared.domain.errors import Scope
from shared.domain.life import Reason, State
from shared.domain.quote import Meter, bill, total
from shared.domain.regions import RegionSetting, RuleUse
from shared.domain.spec import RegionWish
from shared.services.provisioning.placement import place, without
from tests.unit.a_vm import SPEC
from tests.unit.placing import FIGURES, IN_ORDER, requested, tried, zones_of

markets = st.tuples(
    *(
        st.builds(
            RegionSetting,
            st.just(region.id),
            st.integers(1, 9),
            st.just(region.fallback),
            st.integers(0, 12),
            st.integers(0, 3),
            st.booleans(),
            st.integers(0, 12),
            st.integers(0, 3),
            rules=st.just(RuleUse(2, 1)),
        )
        for region in DEFAULT_REGIONS
    )
)
wishes = st.none() | st.sampled_from(IN_ORDER).flatmap(
    lambda name: st.sampled_from([RegionWish(must=name), RegionWish(prefer=name)])
)
refusals = st.lists(
    st.tuples(
        st.sampled_from([zone for region in IN_ORDER for zone in zones_of(region)]),
        st.sampled_from([Scope.ATTEMPT, Scope.ZONE, Scope.REGION, Scope.TRANSIENT]),
    ),
    max_size=14,
)


@given(
    market=markets,
    wish=wishes,
    refused=refusals,
    ceiling=st.decimals(0, 1, places=4),
    size=st.sampled_from([2, 4, 8]),
    reserved=st.none() | st.sampled_from(IN_ORDER),
    now=st.datetimes(datetime(2026, 11, 23), datetime(2027, 1, 1), timezones=st.just(UTC)),
)
def test_no_choice_breaks_a_rule_whatever_the_market(
    market: Sequence[RegionSetting],
    wish: RegionWish | None,
    refused: list[tuple[str, Scope]],
    ceiling: Decimal,
    size: int,
    reserved: str | None,
    now: datetime,
) -> None:
    spec = SPEC.model_copy(update={"machine_type": f"e2-standard-{size}", "region": wish})
    own = {"reserved_region": reserved, "reserved_vcpus": size} if reserved else {}
    vm = requested(spec, ceiling=str(ceiling), **own)
    for zone, scope in refused:
        vm = tried(vm, zone, scope)
    after, _ = place(vm, market, now, FIGURES)
    if after.state is State.DELETING:
        assert after.reason is Reason.NO_ROOM
        assert (after.reserved_region, after.reserved_vcpus) == (vm.reserved_region, vm.reserved_vcpus)
        return
    region = next(each for each in market if each.id == after.region)
    zone_tries = [attempt for attempt in after.attempts if attempt.zone == after.zone]
    assert total(bill(after.rates, Meter(running=vm.lease, existing=vm.lease))) <= vm.approved_total
    assert not region.drained
    others = without(vm, region)
    assert others.used_vcpus + after.vcpus <= region.vcpu_limit
    assert others.used_addresses + 1 <= region.address_limit
    assert (after.reserved_region, after.reserved_vcpus) == (region.id, size)
    assert wish is None or wish.must in (None, region.id)
    assert len(after.attempts) <= FIGURES.places
    assert len(zone_tries) <= FIGURES.tries_at_a_place
    assert (after.zone, Scope.ZONE) not in refused
    assert not [zone for zone, scope in refused if scope is Scope.REGION and zone.startswith(region.id + "-")]
    assert after.zone in zones_of(region.id)
