"""Use case: what a specification costs, where it would go now and in every region that may hold it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from shared.catalog.machines import MachineType, known_machine_type, machine_types, takes_gpu
from shared.catalog.prices import MissingPrice, NotOffered, rates
from shared.catalog.regions import distances_km, regions
from shared.domain.errors import Invalid
from shared.domain.money import rounded
from shared.domain.quote import Meter, Quote, QuoteLine, Rate, RegionQuote, Saving, WorstCase, bill, billed, total
from shared.domain.regions import Policy, RegionSetting, excluded, order, room, too_small
from shared.domain.spec import Gpu, Spec
from shared.suggestion.fitting.machine import Priced


@dataclass(frozen=True, slots=True)
class QuoteFigures:
    """The configured lengths of time that a quote depends on."""

    valid_for: timedelta = timedelta(minutes=15)
    placed_within: timedelta = timedelta(minutes=5)  # of the approval
    up_within: timedelta = timedelta(minutes=15)  # of being placed; then the lease starts
    up_within_windows: timedelta = timedelta(minutes=30)
    headroom: timedelta = timedelta(hours=24)  # the switch's, or the lease again where that is longer
    longest_switch: timedelta = timedelta(days=120)  # Compute's own limit of a termination time


@dataclass(frozen=True, slots=True)
class Market:
    """The regions as they are now, and how this account wants them ordered.

    `place`: latitude and longitude that `nearest` measures from; without one it orders by priority. `rank`: the order
    of an earlier quote, which stands whatever the policy.
    """

    settings: Sequence[RegionSetting]
    policy: Policy = "priority"
    place: tuple[float, float] | None = None
    rank: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One region's answer to a specification. `rates` is None where it cannot be priced there.

    `eligible`: it may hold the VM; `limited`: it would, were its limit raised; `fits`: it has room at this moment.
    """

    region: str
    rates: tuple[Rate, ...] | None
    because: str
    eligible: bool
    limited: bool
    fits: bool

    @property
    def hourly(self) -> Decimal:
        """One running hour; only of an offer that has rates."""
        return sum((rate.hourly for rate in self.rates or ()), Decimal(0))

    def total(self, meter: Meter) -> Decimal:
        """What the lines over that time add up to."""
        return billed(self.rates or (), meter)

    def over(self, meter: Meter) -> tuple[QuoteLine, ...]:
        """The lines over that time; none where it cannot be priced."""
        return bill(self.rates or (), meter)


def offers(spec: Spec, market: Market) -> tuple[Offer, ...]:
    """Every region's answer, in the order in which they would be tried."""
    return tuple(_in_turn(spec, market))


def where(answers: Iterable[Offer]) -> Offer | None:
    """Where it would go now: the first that has room, else the first that may hold it, else the first that would
    if its limit were raised; None if no region can hold it at any limit. Looks no further than it has to."""
    eligible: Offer | None = None
    limited: Offer | None = None
    for offer in answers:
        if offer.fits:
            return offer
        eligible = eligible or (offer if offer.eligible else None)
        limited = limited or (offer if offer.limited else None)
    return eligible or limited


def hourly(spec: Spec, market: Market) -> Priced | None:
    """An hour's price where it would go now: what the suggestion engine compares machines by."""
    possible = [setting for setting in market.settings if not excluded(setting, spec.region)]
    offer = where(_in_turn(spec, replace(market, settings=possible)))
    return Priced(offer.region, offer.hourly, offer.eligible) if offer else None


def quote(
    spec: Spec,
    market: Market,
    now: datetime,
    figures: QuoteFigures | None = None,
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> Quote:
    """A quote for the spec's whole lease. Raises Invalid `nowhere` if no region offers and prices all of it."""
    figures = figures or QuoteFigures()
    answers = offers(spec, market)
    chosen = where(answers)
    if chosen is None:
        raise Invalid(
            "nowhere",
            f"No region can hold {spec.machine_type} as specified: "
            + "; ".join(f"{offer.region}: {offer.because}" for offer in answers),
        )
    return quoted(spec, answers, chosen, now, figures, new_id())


def quoted(
    spec: Spec, answers: Sequence[Offer], chosen: Offer, now: datetime, figures: QuoteFigures, quote_id: str
) -> Quote:
    """The quote that says so: these answers, in this order, and the one that is chosen of them."""
    lease = Meter(running=spec.lease, existing=spec.lease)
    lines = chosen.over(lease)
    holding = [offer for offer in answers if offer.eligible] or [offer for offer in answers if offer.limited]
    return Quote(
        id=quote_id,
        region=chosen.region,
        hourly=rounded(chosen.hourly),
        total=total(lines),
        lines=lines,
        regions=tuple(_region(offer, lease) for offer in answers),
        max_total=max(offer.total(lease) for offer in holding),
        worst_case=_worst_case(spec, holding, now, figures),
        fits_now=any(offer.fits for offer in answers),
        saving=_saving(spec, chosen, lease),
        priced_at=now,
        valid_until=now + figures.valid_for,
    )


def _in_turn(spec: Spec, market: Market) -> Iterator[Offer]:
    vcpus = known_machine_type(spec.machine_type).reserved_vcpus
    if market.policy == "cheapest" and market.rank is None:
        answers = {setting.id: _offer(spec, setting, vcpus) for setting in market.settings}
        hourly = {region: offer.hourly for region, offer in answers.items() if offer.rates}
        yield from (answers[setting.id] for setting in order(market.settings, spec.region, hourly))
        return
    for setting in order(market.settings, spec.region, _rank(market)):
        yield _offer(spec, setting, vcpus)


def _offer(spec: Spec, setting: RegionSetting, vcpus: int) -> Offer:
    priced: tuple[Rate, ...] | None = None
    try:
        priced = rates(spec, setting.id)
        barred = excluded(setting, spec.region)
    except (NotOffered, MissingPrice) as reason:
        barred = excluded(setting, spec.region) or reason.detail
    small = too_small(setting, vcpus)
    full = room(setting, vcpus)
    return Offer(
        region=setting.id,
        rates=priced,
        because=barred or small or (f"full now: {full}" if full else _free(setting)),
        eligible=not (barred or small),
        limited=not barred and small is not None,
        fits=not (barred or small or full),
    )


def _free(setting: RegionSetting) -> str:
    return f"{setting.free_vcpus} of {setting.vcpu_limit} vCPUs free" + (", a fallback" if setting.fallback else "")


def _rank(market: Market) -> Mapping[str, Decimal | float]:
    if market.rank is not None:
        return market.rank
    if market.policy == "greenest":
        return {region.id: region.gco2_per_kwh for region in regions().values()}
    if market.policy == "nearest" and market.place is not None:
        return distances_km(*market.place)
    return {}


def _region(offer: Offer, lease: Meter) -> RegionQuote:
    amount = offer.total(lease) if offer.rates else None
    return RegionQuote(region=offer.region, total=amount, eligible=offer.eligible, because=offer.because)


def _worst_case(spec: Spec, holding: Sequence[Offer], now: datetime, figures: QuoteFigures) -> WorstCase:
    """Running from now until the machine's own switch at the latest, where that is dearest: approved, placed and up at
    the last moment each."""
    up = figures.up_within_windows if spec.os_image.startswith("windows-") else figures.up_within
    ahead = figures.valid_for + figures.placed_within + up + spec.lease + max(figures.headroom, spec.lease)
    span = min(ahead, figures.longest_switch)
    meter = Meter(running=span, existing=span)
    return WorstCase(until=now + span, total=max(offer.total(meter) for offer in holding))


def _saving(spec: Spec, chosen: Offer, lease: Meter) -> Saving | None:
    """Against the usual choice in the same region, on demand, with the same disk, system and duration. None where
    there is no usual choice (other GPUs, not offered there) or where nothing is saved by a dearer machine."""
    usual = _usual(spec.machine_type, spec.gpu)
    if usual is None:
        return None
    try:
        usually = rates(spec.model_copy(update={"machine_type": usual.name, "spot": False}), chosen.region)
    except (NotOffered, MissingPrice):
        return None
    costs = billed(usually, lease)
    less = costs - chosen.total(lease)
    if less < 0:
        return None
    percent = (100 * less / costs).quantize(Decimal("0.1"))
    kind = usual.name.rpartition("-")[0]
    same = "the same GPU, disk, system and duration" if spec.gpu else "the same disk, system and duration"
    against = f"{usual.name} (the smallest {kind} that covers it) on demand in {chosen.region} with {same}"
    return Saving(against=against, total=less, percent=percent)


@lru_cache(maxsize=1024)
def _usual(machine_type: str, attached: Gpu | None) -> MachineType | None:
    """The smallest n2-standard that covers the machine; with a GPU, the smallest n1-standard or g2 with the same."""
    machine = known_machine_type(machine_type)
    gpu = machine.gpu or ((attached.type, attached.count) if attached else None)

    def usual(candidate: MachineType) -> bool:
        if gpu is None:
            return candidate.name.startswith("n2-standard-")
        return candidate.gpu == gpu or (candidate.name.startswith("n1-standard-") and takes_gpu(candidate, *gpu))

    covering = [
        candidate
        for candidate in machine_types().values()
        if candidate.series in ("n1", "n2", "g2")
        and candidate.vcpus >= machine.vcpus
        and candidate.memory_gib >= machine.memory_gib
        and usual(candidate)
    ]
    return min(covering, key=lambda candidate: (candidate.vcpus, candidate.memory_gib), default=None)
