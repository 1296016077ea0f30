"""An extension of a VM that is not up yet: where it goes, and what that may cost, is as it was approved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.errors import Conflict
from shared.domain.life import Figures, State
from shared.domain.regions import Policy
from shared.domain.vm import Ledger, Vm
from shared.services.quoting import Market, QuoteFigures
from shared.services.terms import extended
from shared.services.whole_life import whole_life
from tests.asking import NOW, settings
from tests.unit.placing import placed, requested

HOUR = timedelta(hours=1)
DELHI = (28.6, 77.2)
DRAINED: dict[str, object] = {"drained": True}
PLENTY = Decimal(1000)


def longer(vm: Vm, approved: Decimal = PLENTY) -> Vm:
    ledger = Ledger(
        now=NOW,
        paused=False,
        max_vms=9,
        max_vcpus=99,
        max_monthly=PLENTY,
        live_vms=1,
        live_vcpus=2,
        month_total=Decimal(0),
        regions=settings(),
        quote=None,
    )
    return extended(
        vm,
        ledger,
        HOUR,
        approved,
        lambda vm, spec, now, regions: whole_life(vm, spec, Market(regions), now, QuoteFigures()),
        Figures(),
    )


def order(vm: Vm) -> list[str]:
    return [quoted.region for quoted in vm.quote.regions]


def under_way(state: State, policy: Policy) -> Vm:
    vm = requested(market=Market(settings(), policy, DELHI))
    return vm if state is State.REQUESTED else placed(vm)


@pytest.mark.parametrize("state", [State.REQUESTED, State.PROVISIONING])
@pytest.mark.parametrize("policy", ["priority", "cheapest", "greenest", "nearest"])
def test_it_goes_by_the_order_that_was_approved(policy: Policy, state: State) -> None:
    vm = under_way(state, policy)
    after = longer(vm)
    assert order(after) == order(vm)
    first, second, *_ = order(vm)
    assert after.quote.region == first
    assert placed(after, **{first.replace("-", "_"): DRAINED}).region == second


@pytest.mark.parametrize("state", [State.REQUESTED, State.PROVISIONING])
def test_its_price_is_told_for_every_region_that_it_may_still_go_to(state: State) -> None:
    after = longer(under_way(state, "greenest"))
    assert after.spec.duration == "3h"
    totals = [quoted.total for quoted in after.quote.regions if quoted.eligible and quoted.total is not None]
    assert len(totals) == len(order(after))
    assert after.quote.max_total == max(totals) > after.quote.total == totals[0]
    assert after.quote.worst_case.total > after.quote.max_total


def test_what_is_approved_of_it_bounds_where_it_may_go() -> None:
    vm = under_way(State.PROVISIONING, "cheapest")
    total = longer(vm).quote.total
    with pytest.raises(Conflict, match="ceiling_too_low"):
        longer(vm, total - Decimal("0.0001"))
    after = longer(vm, total)
    totals = {quoted.region: quoted.total or PLENTY for quoted in after.quote.regions}
    dear = {region for region, price in totals.items() if price > after.approved_total}
    nowhere = placed(after, **{region.replace("-", "_"): DRAINED for region in totals if region not in dear})
    assert dear
    assert nowhere.state is State.DELETING
    assert {verdict.region for verdict in nowhere.placement if verdict.verdict == "too_dear"} == dear
