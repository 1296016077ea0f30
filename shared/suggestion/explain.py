"""Why the answer is as it is, and what else would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.catalog.files import priced_on
from shared.catalog.regions import regions
from shared.catalog.workloads import workloads
from shared.domain.money import rounded, written
from shared.domain.spec import Spec
from shared.domain.suggestion import Reason
from shared.suggestion.decide import Decision
from shared.suggestion.machine import Choice, Price, choose
from shared.suggestion.reading import Reading
from shared.suggestion.sizing import Need

SPOT_WORDS = "may be deleted, with its data, at any time"


@dataclass(frozen=True, slots=True)
class Other:
    """Another specification that would do, before it is quoted."""

    label: str
    spec: Spec
    trade_off: str


def reasons(decision: Decision) -> tuple[Reason, ...]:
    """One reason or more for each field of the specification, each with the words or the rule that it rests on."""
    return tuple(_reasons(decision, decision.reading, decision.choice.spec))


def _reasons(decision: Decision, reading: Reading, spec: Spec) -> Iterator[Reason]:
    for id in spec.packages:
        yield _package(id, reading)
    environment = reading.evidence("environment")
    yield Reason(
        field="environment",
        because=f"{spec.environment} environment",
        evidence=environment or "the default where none is named",
    )
    yield _machine(decision)
    image = decision.image
    ends = f"supported until {image.end_of_support}" if image.end_of_support else "kept current by its vendor"
    yield Reason(
        field="os_image",
        because=f"{image.os} {image.version}, {ends}",
        evidence=reading.evidence("operating system", "architecture") or "the newest supported LTS that runs all of it",
    )
    yield Reason(
        field="disk_gib",
        because=f"{spec.disk_gib} GiB for the system, the packages and the data",
        evidence=reading.evidence("disk", "data") or "the sum of what each takes, in steps of 10 GiB",
    )
    if spec.gpu:
        yield Reason(
            field="gpu",
            because=f"{spec.gpu.count} × {spec.gpu.type}: the cheapest with {decision.need.gpu_gib} GiB of memory"
            if decision.need.gpu_gib
            else f"{spec.gpu.count} × {spec.gpu.type}, as named",
            evidence=reading.evidence("GPU", "gpu memory", "model size", "machine learning"),
        )
    yield from _circumstances(reading, spec)


def _circumstances(reading: Reading, spec: Spec) -> Iterator[Reason]:
    if spec.ports:
        listed = ", ".join(str(port) for port in spec.ports)
        yield Reason(
            field="ports",
            because=f"{listed} open to the requester; databases' ports stay closed",
            evidence=reading.evidence("ports") or "what the packages serve",
        )
    if reading.region:
        wished = reading.region.must or reading.region.prefer or ""
        how = "required: no other region is used" if reading.region.must else "tried first"
        city = regions()[wished].city
        yield Reason(field="region", because=f"{wished} ({city}), {how}", evidence=reading.evidence("place"))
    yield Reason(
        field="duration",
        because=f"{spec.duration}, then it is destroyed",
        evidence=reading.evidence("duration") or "the default where none is named",
    )
    if spec.spot:
        yield Reason(field="spot", because=f"a spot machine {SPOT_WORDS}", evidence=reading.evidence("spot"))


def _package(id: str, reading: Reading) -> Reason:
    workload = workloads()[id]
    if workload.kind == "driver":
        return Reason(field="packages", because=f"{workload.title} for the GPU", evidence=workload.source)
    needs = workload.needs
    because = f"{workload.kind}: {workload.title} takes {needs.vcpus} vCPU and {needs.memory_gib} GiB or more"
    named = reading.evidence(workload.kind)
    return Reason(
        field="packages", because=because, evidence=f"{named}; {workload.source}" if named else workload.source
    )


def _machine(decision: Decision) -> Reason:
    need, machine, priced = decision.need, decision.choice.machine, decision.choice.priced
    stated = decision.reading.evidence("vCPUs", "memory", "machine type", "machine series")
    has = f"{machine.name} has {machine.vcpus} vCPUs and {machine.memory_gib.normalize():f} GiB"
    needed = f"{need.vcpus} vCPUs and {need.memory_gib:.1f} GiB"
    price = f"${written(rounded(priced.hourly))} an hour in {priced.region} (prices of {priced_on()})"
    if decision.reading.stated.machine_type:
        return Reason(field="machine_type", because=f"{has}, as named; {price}", evidence=stated)
    because = f"{has}: the cheapest with {needed} where it would go, {price}"
    parts = ", ".join(
        f"{part.name} {part.vcpus.normalize():f}/{part.memory_gib.normalize():.2f}" for part in need.parts
    )
    rule = f"vCPU/GiB: {parts}; memory × {need.headroom}"
    return Reason(field="machine_type", because=because, evidence=f"stated: {stated}" if stated else rule)


def others(decision: Decision, price: Price) -> tuple[Other, ...]:
    """Smaller, cheaper and faster ways, each different from the answer and from each other."""
    found: dict[Spec, Other] = {}
    for other in (_smaller(decision, price), _spot(decision, price), _faster(decision, price)):
        if other and other.spec != decision.choice.spec:
            found.setdefault(other.spec, other)
    return tuple(found.values())


def _smaller(decision: Decision, price: Price) -> Other | None:
    """Without the headroom, and on shared cores; only where neither size was stated."""
    stated, need, chosen = decision.reading.stated, decision.need, decision.choice
    if stated.vcpus or stated.memory_gib or stated.machine_type or need.gpu_gib is not None:
        return None
    lean = replace(need, memory_gib=min(need.lean_gib, need.memory_gib), shared=True)
    choice = _chosen(decision, lean, price)
    if choice is None or choice.priced.hourly >= chosen.priced.hourly:
        return None
    shared = ", its cores shared with others" if choice.machine.shared_core else ""
    has = f"{choice.machine.vcpus} vCPUs{shared} and {choice.machine.memory_gib.normalize():f} GiB"
    return Other("smaller", choice.spec, f"{has}: no headroom, slower when busy; {_cheaper(choice, chosen)}")


def _spot(decision: Decision, price: Price) -> Other | None:
    if decision.choice.spec.spot or decision.reading.spot is False:
        return None
    spec = decision.choice.spec.model_copy(update={"spot": True})
    priced = price(spec)
    if priced is None or priced.hourly >= decision.choice.priced.hourly:
        return None
    choice = Choice(spec, decision.choice.machine, priced)
    return Other(
        "cheaper", spec, f"the same as a spot machine, which {SPOT_WORDS}; {_cheaper(choice, decision.choice)}"
    )


def _faster(decision: Decision, price: Price) -> Other | None:
    """Twice the vCPUs, where a region may hold that."""
    if decision.reading.stated.machine_type or decision.need.gpu_gib is not None:
        return None
    chosen = decision.choice
    twice = replace(decision.need, vcpus=2 * chosen.machine.vcpus, memory_gib=chosen.machine.memory_gib, shared=False)
    choice = _chosen(decision, twice, price)
    if choice is None or not choice.priced.eligible:
        return None
    has = f"{choice.machine.vcpus} vCPUs and {choice.machine.memory_gib.normalize():f} GiB"
    more = rounded(choice.priced.hourly - chosen.priced.hourly)
    return Other("faster", choice.spec, f"{has}; ${written(more)} more an hour")


def _chosen(decision: Decision, need: Need, price: Price) -> Choice | None:
    reading, draft = decision.reading, decision.choice.spec
    return choose(draft, need, reading.stated, reading.wish, decision.image.architecture, price)


def _cheaper(choice: Choice, than: Choice) -> str:
    return f"${written(rounded(than.priced.hourly - choice.priced.hourly))} less an hour"
