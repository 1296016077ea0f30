"""A life charged in stretches, each by the rates of its time: never more than the whole that was approved."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_UP, Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.prices import rates
from shared.domain.costs import midnight
from shared.domain.life import State
from shared.domain.quote import Meter, Rate, Tariff, bill, billed, total
from shared.domain.vm import Vm
from shared.services.quoting import Market, QuoteFigures
from shared.services.whole_life import rates_of, whole_life
from tests.asking import NOW, settings
from tests.unit.a_use import REGION, a_use
from tests.unit.a_vm import SPEC, a_vm

SECOND = timedelta(seconds=1)
TYPES = st.sampled_from(["e2-small", "e2-standard-2", "e2-standard-4", "e2-standard-8", "n2-custom-6-20480"])
SPECS = st.builds(
    lambda name, disk: SPEC.model_copy(update={"machine_type": name, "disk_gib": disk, "duration": "20h"}),
    TYPES,
    st.integers(20, 400),
)
SECONDS = st.integers(0, 20 * 3600).map(lambda seconds: timedelta(seconds=seconds, microseconds=seconds % 7 * 1111))
CUTS = st.lists(st.tuples(SECONDS, SPECS), max_size=4)


def exact(prices: tuple[Rate, ...], span: timedelta) -> Decimal:
    return sum((rate.hourly for rate in prices), Decimal(0)) * Decimal(span / SECOND) / 3600


def cut(vm: Vm, cuts: list) -> Vm:
    """The VM with its rates replaced at those moments of its life."""
    for after, spec in sorted(cuts, key=lambda each: each[0]):
        past = (*vm.past, Tariff(rates=vm.rates, meter=vm.meter(NOW + after)))
        vm = Vm(**{**vars(vm), "past": past, "rates": rates(spec, REGION), "spec": spec})
    return vm


def alive(**changes: object) -> Vm:
    started = {"state": State.RUNNING, "region": REGION, "started_at": NOW, "running_since": NOW, "attempts": ()}
    spec = SPEC.model_copy(update={"duration": "20h"})
    return a_vm(spec, rates=rates(spec, REGION), expires_at=NOW + spec.lease, **{**started, **changes})


@given(CUTS, SECONDS, SECONDS)
def test_however_a_life_is_cut_it_costs_no_more_than_its_parts_and_never_falls(
    cuts: list, one: timedelta, other: timedelta
) -> None:
    vm = cut(alive(), cuts)
    earlier, later = sorted((one, other))
    assert 0 <= total(vm.bill(NOW + earlier)) <= total(vm.bill(NOW + later))
    moments = [timedelta(0), *sorted(after for after, _ in cuts), later]
    held = [alive().rates, *(rates(spec, REGION) for _, spec in sorted(cuts, key=lambda each: each[0]))]
    spans = [min(end, later) - min(begin, later) for begin, end in pairwise(moments)]
    parts = sum((exact(prices, max(span, timedelta(0))) for prices, span in zip(held, spans, strict=True)), Decimal(0))
    allowed = Decimal(0) if cuts else Decimal("0.0003")  # a single stretch is rounded half up, line by line
    assert total(vm.bill(NOW + later)) <= parts + allowed


@given(CUTS, SECONDS)
def test_days_add_up_to_the_receipt_of_a_life_in_stretches(cuts: list, ran: timedelta) -> None:
    vm = cut(alive(), cuts)
    use = a_use(NOW, NOW + ran, rates=vm.rates, past=vm.past)
    assert use.cost(NOW + ran) == total(vm.bill(NOW + ran)) == billed(vm.rates, vm.meter(NOW + ran), vm.past)
    assert sum(amount for _, amount in use.days(midnight(NOW.date()), NOW + 2 * ran)) == use.cost(NOW + ran)


@given(SPECS, SECONDS, SECONDS, CUTS)
def test_what_is_approved_of_a_resize_covers_it_whenever_it_comes_about(
    spec: object, asked: timedelta, made: timedelta, cuts: list
) -> None:
    asked, made = sorted((asked, made))
    vm = cut(alive(), [(min(after, asked), each) for after, each in cuts])
    assert isinstance(spec, type(SPEC))
    stands = total(bill(vm.rates, vm.meter(NOW + vm.lease), vm.past, ROUND_UP))
    quoted = whole_life(vm, spec, Market(settings()), NOW + asked, QuoteFigures())
    changed = Vm(**{**vars(vm), "rates": rates_of(vm, spec)})
    resized = Vm(**{**vars(changed), "past": (*vm.past, Tariff(rates=vm.rates, meter=vm.meter(NOW + made)))})
    assert total(resized.bill(NOW + vm.lease)) <= max(quoted.total, stands)


@given(SPECS, SECONDS, st.integers(0, 15 * 60).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_quote_holds_as_long_as_it_is_valid(spec: object, asked: timedelta, later: timedelta) -> None:
    vm, figures, market = alive(), QuoteFigures(), Market(settings())
    assert isinstance(spec, type(SPEC))
    quoted = whole_life(vm, spec, market, NOW + asked, figures, slack=figures.valid_for)
    approved = whole_life(vm, spec, market, NOW + asked + later, figures)
    assert approved.total <= quoted.total


def test_what_costs_the_same_by_the_unit_is_one_line() -> None:
    larger = SPEC.model_copy(update={"disk_gib": 60})
    past = (Tariff(rates=rates(SPEC, REGION), meter=Meter(running=timedelta(hours=1), existing=timedelta(hours=1))),)
    both = Meter(running=timedelta(hours=3), existing=timedelta(hours=3))
    lines = {line.item: line.quantity for line in bill(rates(larger, REGION), both, past)}
    assert lines == {"e2-standard-2": 3, "external IPv4 address": 3, "pd-balanced disk": 20 + 2 * 60}
