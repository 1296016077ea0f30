"""What a VM's whole life costs in its own region with a longer lease, another machine type or a larger disk: what an
extension or a resize is approved against, and what else it brings about."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_UP

from shared.catalog import prices
from shared.catalog.prices import MissingPrice, NotOffered
from shared.domain.errors import Invalid
from shared.domain.life import State
from shared.domain.money import LEAST, rounded
from shared.domain.quote import Meter, Quote, QuoteLine, Rate, RegionQuote, Tariff, WorstCase, bill, total
from shared.domain.spec import Spec
from shared.domain.vm import Vm
from shared.services.quoting import Market, Offer, QuoteFigures, offers, quote, quoted

NOTHING = timedelta(0)


def whole_life(
    vm: Vm, spec: Spec, market: Market, now: datetime, figures: QuoteFigures, slack: timedelta = NOTHING
) -> Quote:
    """Up: in its region alone, up to now by the rates of its time, from then on by those of `spec`, which may differ in
    duration, machine type and disk size; what is kept is charged as it was. Where that may come about as late as
    `slack` from now, the dearer of both. A disk grows at once, and a cheaper machine type comes later, or is refused:
    where it would be dearer without, as if it were. Not up yet: of every region, as it may still be placed in another.

    Raises Invalid `not_offered` where its region does not have what is asked for.
    """
    if vm.started_at is None or vm.region is None or not vm.rates:
        return _before_it_is_up(vm, spec, market, now, figures)
    after = rates_of(vm, spec)
    end = vm.started_at + spec.lease
    ways = [(after, now), (after, now + slack)]
    if spec.disk_gib != vm.spec.disk_gib:
        ways.append((rates_of(vm, vm.spec.model_copy(update={"disk_gib": spec.disk_gib})), now))
    lines = max((_lines(vm, rates, spec.lease, moment, end) for rates, moment in ways), key=total)
    if slack and (after != vm.rates or vm.past):  # at a moment in between each line may be rounded up by as much more
        lines = tuple(line.model_copy(update={"total": line.total + LEAST}) for line in lines)
    until = max(vm.switch_at or end, end)
    if outlives_switch(vm, spec.lease):
        until = min(end + max(figures.headroom, spec.lease), now + figures.longest_switch)
    span = until - vm.started_at
    cost = total(lines)
    worst = max(total(_lines(vm, rates, span, moment, until)) for rates, moment in ways)
    restarts = vm.state is State.RUNNING and (not _same(vm, spec) or outlives_switch(vm, spec.lease))
    return Quote(
        id=uuid.uuid4().hex,
        region=vm.region,
        hourly=rounded(sum((rate.hourly for rate in after), start=cost * 0)),
        total=cost,
        lines=lines,
        regions=(RegionQuote(region=vm.region, total=cost, eligible=True, because="where it is"),),
        max_total=cost,
        worst_case=WorstCase(until=until, total=worst),
        fits_now=True,
        saving=None,
        priced_at=now,
        valid_until=now + figures.valid_for,
        restarts=restarts,
        consequences=tuple(_consequences(vm, spec, restarts=restarts)),
    )


def _before_it_is_up(vm: Vm, spec: Spec, market: Market, now: datetime, figures: QuoteFigures) -> Quote:
    """In the order of the quote that it was approved by, which stands; where it is placed meanwhile, by its rates."""
    market = replace(market, rank=vm.quote.rank)
    if vm.region is None or not vm.rates:
        return quote(spec, market, now, figures)
    own = Offer(vm.region, rates_of(vm, spec), "where it is being made", eligible=True, limited=False, fits=True)
    answers = [own if offer.region == own.region else offer for offer in offers(spec, market)]
    return quoted(spec, answers, own, now, figures, uuid.uuid4().hex)


def rates_of(vm: Vm, spec: Spec) -> tuple[Rate, ...]:
    """The VM's rates under another spec: what is not changed keeps the price at which it was approved."""
    assert vm.region is not None
    try:
        fresh = prices.rates(spec, vm.region)
    except (NotOffered, MissingPrice) as reason:
        raise Invalid("not_offered", f"{reason.detail}, where the VM is.") from None
    machine = vm.rates if spec.machine_type == vm.spec.machine_type else fresh
    disk = vm.rates if spec.disk_gib == vm.spec.disk_gib else fresh
    if machine is disk:
        return machine
    return (*(rate for rate in machine if rate.running), *(rate for rate in disk if not rate.running))


def outlives_switch(vm: Vm, lease: timedelta) -> bool:
    """Whether with that lease its end would be later than the machine's own termination time."""
    if vm.switch_at is None or vm.started_at is None:
        return False
    return vm.started_at + lease > vm.switch_at


def _lines(vm: Vm, after: tuple[Rate, ...], lease: timedelta, moment: datetime, end: datetime) -> tuple[QuoteLine, ...]:
    """The whole life's lines if the rates change at that moment, as if it ran from then on. Rounded up where it has
    more than one stretch, as each is rounded down when it is metered."""
    if after == vm.rates and not vm.past:
        return bill(vm.rates, Meter(running=lease, existing=lease))
    moment = min(moment, end)
    so_far = vm.meter(moment)
    past = vm.past if after == vm.rates else (*vm.past, Tariff(rates=vm.rates, meter=so_far))
    rest = end - moment
    return bill(after, Meter(running=so_far.running + rest, existing=so_far.existing + rest), past, ROUND_UP)


def _consequences(vm: Vm, spec: Spec, *, restarts: bool) -> Iterator[str]:
    if spec.disk_gib > vm.spec.disk_gib:
        yield "Its disk grows in place, running or stopped, and can never be made smaller again."
        yield "Its file system follows by itself within a few minutes, while it runs."
    if spec.disk_gib > vm.spec.disk_gib and not _same(vm, spec):
        yield "The disk comes first, and the machine type may still be refused: the price covers either."
    if outlives_switch(vm, spec.lease):
        assert vm.switch_at is not None
        yield (
            f"The machine would delete itself at {vm.switch_at.isoformat()}, before its new end. Compute Engine "
            "changes that time on a stopped machine only."
        )
    if restarts:
        yield "It is stopped, changed and started again: it is down for a few minutes, and gets a new address."
        yield (
            "Its start may be refused if its zone has no room at that moment: it then stays stopped, with its disk, "
            "and can be started again later" + ("." if _same(vm, spec) else ", or resized back.")
        )
    elif not _same(vm, spec):
        yield "It is changed while it is stopped. Its next start needs room in its region, and may be refused."


def _same(vm: Vm, spec: Spec) -> bool:
    return vm.spec.machine_type == spec.machine_type
