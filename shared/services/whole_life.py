"""What a VM's whole life costs in its own region, with a longer lease: what an extension is approved against."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from shared.domain.money import rounded
from shared.domain.quote import Meter, Quote, RegionQuote, WorstCase, bill, total
from shared.domain.spec import format_duration
from shared.domain.vm import Vm
from shared.services.quoting import Market, QuoteFigures, quote


def whole_life(vm: Vm, lease: timedelta, market: Market, now: datetime, figures: QuoteFigures) -> Quote:
    """Placed: by the rates frozen when it was, in its region alone. Not placed yet: like any other quote."""
    spec = vm.spec.model_copy(update={"duration": format_duration(lease)})
    if not vm.rates or vm.region is None:
        return quote(spec, market, now, figures)
    lines = bill(vm.rates, Meter(running=lease, existing=lease))
    cost = total(lines)
    until = vm.switch_at or now + lease
    span = max(until - (vm.started_at or now), lease)
    return Quote(
        id=uuid.uuid4().hex,
        region=vm.region,
        hourly=rounded(sum((rate.hourly for rate in vm.rates), start=cost * 0)),
        total=cost,
        lines=lines,
        regions=(RegionQuote(region=vm.region, total=cost, eligible=True, because="where it is"),),
        max_total=cost,
        worst_case=WorstCase(until=until, total=total(bill(vm.rates, Meter(running=span, existing=span)))),
        fits_now=True,
        saving=None,
        priced_at=now,
        valid_until=now + figures.valid_for,
    )
