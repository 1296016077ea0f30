"""Why the answer is as it is: each field's words, need or rule, with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shared.catalog.files import priced_on
from shared.catalog.machines import disk_types
from shared.catalog.regions import regions
from shared.catalog.workloads import workloads
from shared.domain.money import rounded, written
from shared.domain.spec import Spec
from shared.domain.suggestion import Reason
from shared.suggestion.decide import Decision, counted
from shared.suggestion.fitting.alternatives import SPOT_WORDS
from shared.suggestion.fitting.machine import QUICK
from shared.suggestion.fitting.model_memory import rule as model_rule
from shared.suggestion.reading import Reading

_FIGURE = {"minimum": "minimum", "recommended": "recommendation"}
_SPARE = {Decimal("1.25"): "a quarter", Decimal("1.5"): "half"}


def reasons(decision: Decision) -> tuple[Reason, ...]:
    """One reason or more for each field of the specification, each with the words or the rule that it rests on."""
    return tuple(_reasons(decision, decision.reading, decision.choice.spec))


def _reasons(decision: Decision, reading: Reading, spec: Spec) -> Iterator[Reason]:
    for id in spec.packages:
        yield _package(id, decision)
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
    yield _disk(decision, spec)
    yield _disk_type(decision, spec)
    if spec.gpu:
        yield _gpu(decision, spec)
    yield from _circumstances(decision, reading, spec)


def _circumstances(decision: Decision, reading: Reading, spec: Spec) -> Iterator[Reason]:
    if spec.ports:
        listed = ", ".join(str(port) for port in spec.ports)
        closed = "; databases' ports stay closed" if any(workloads()[id].serves for id in spec.packages) else ""
        yield Reason(
            field="ports",
            because=f"{listed} open to the requester{closed}",
            evidence=reading.evidence("ports") or "what the packages serve",
        )
    yield _region(decision)
    yield Reason(
        field="duration",
        because=f"{spec.duration}, then it is destroyed",
        evidence=reading.evidence("duration") or "the default where none is named",
    )
    if spec.spot:
        yield Reason(field="spot", because=f"a spot machine {SPOT_WORDS}", evidence=reading.evidence("spot"))
    else:
        kept = reading.evidence("spot") or "spot only where it is accepted"
        yield Reason(field="spot", because="on demand: it is not taken away before its end", evidence=kept)


def _region(decision: Decision) -> Reason:
    reading, going = decision.reading, decision.choice.priced.region
    if decision.choice.spec.region is None or reading.region is None:
        where = f"{going} ({regions()[going].city}): where it would go now"
        return Reason(field="region", because=where, evidence="no place is named: the regions in their order")
    must, prefer = reading.region.must, reading.region.prefer
    wished = must or prefer or ""
    how = "required: no other region is used" if must else "tried first"
    if going != wished:
        how = f"which does not have it: {going} ({regions()[going].city}) would take it"
    because = f"{wished} ({regions()[wished].city}), {how}"
    return Reason(field="region", because=because, evidence=reading.evidence("place"))


def _package(id: str, decision: Decision) -> Reason:
    workload = workloads()[id]
    if workload.kind == "driver":
        return Reason(field="packages", because=f"{workload.title} for the GPU", evidence=workload.source)
    part = next((part for part in decision.need.parts if part.workload == id), None)
    takes = f"takes {_requirement(part.vcpus, part.memory_gib)}" if part else "runs as part of the others"
    because = f"{workload.kind}: {workload.title} {takes}"
    if workload.licence:
        because += f"; its licence: {workload.licence}"
    named = decision.reading.evidence(workload.kind)
    return Reason(
        field="packages", because=because, evidence=f"{named}; {workload.source}" if named else workload.source
    )


def _machine(decision: Decision) -> Reason:
    machine, priced = decision.choice.machine, decision.choice.priced
    stated = decision.reading.evidence("vCPUs", "memory", "machine type", "machine series")
    kind = ", a custom machine type," if machine.custom else ""
    steady = f" that others share ({machine.steady_vcpus.normalize():f} without end)" if machine.shared_core else ""
    has = f"{machine.name}{kind} has {counted(machine.vcpus)}{steady} and {machine.memory_gib.normalize():f} GiB"
    price = f"${written(rounded(priced.hourly))} an hour in {priced.region} (prices of {priced_on()})"
    if decision.reading.stated.machine_type:
        return Reason(field="machine_type", because=f"{has}, as named; {price}", evidence=stated)
    because = f"{has}: the cheapest {_kind(decision)}with {_asked(decision)}, {price}{_runner_up(decision)}"
    rule = _rule(decision)
    evidence = "; ".join(each for each in (f"stated: {stated}" if stated else "", rule) if each)
    return Reason(field="machine_type", because=because, evidence=evidence)


def _kind(decision: Decision) -> str:
    """Among which machines it is the cheapest; nothing where that is all of them."""
    machine = decision.choice.machine
    if decision.terms.wish == "fast" and machine.series in QUICK:
        return "of a series made for speed "
    return "" if machine.custom else "predefined type "


def _asked(decision: Decision) -> str:
    need, stated, machine = decision.need, decision.reading.stated, decision.choice.machine
    gpus = f", and {need.gpu_gib.normalize():f} GiB on GPUs" if need.gpu_gib else ""
    vcpus, memory = counted(need.vcpus), f"{round(need.memory_gib, 1).normalize():f} GiB"
    all_vcpus = stated.vcpus == machine.vcpus and stated.vcpus_bound == "exactly"
    all_memory = stated.memory_gib == machine.memory_gib and stated.memory_bound == "exactly"
    if all_vcpus and all_memory:
        return f"exactly {vcpus} and exactly {memory}{gpus}"
    if all_memory:
        return f"exactly {memory} and {vcpus} or more{gpus}"
    return f"{'exactly ' if all_vcpus else ''}{vcpus} and {memory} or more{gpus}"


def _runner_up(decision: Decision) -> str:
    if decision.choice.next_best is None:
        return ""
    following = decision.choice.next_best
    gpu = following.spec.gpu
    what = f"{following.machine.name}{f' with {gpu.count} × {gpu.type}' if gpu else ''}"
    where = "" if following.priced.region == decision.choice.priced.region else f" in {following.priced.region}"
    return f"; next, {what} at ${written(rounded(following.priced.hourly))}{where}"


def _rule(decision: Decision) -> str:
    """The parts of the need, what is added to them, and what the makers ask for; empty where both sizes are stated."""
    need, stated = decision.need, decision.reading.stated
    if "exactly" == stated.vcpus_bound == stated.memory_bound and stated.vcpus and stated.memory_gib:
        return ""
    parts = "; ".join(f"{part.name} {_requirement(round(part.vcpus, 2), part.memory_gib)}" for part in need.parts)
    roomy = sum((part.memory_gib * (1 if part.counted else need.headroom) for part in need.parts), Decimal(0))
    spare = f"; {_SPARE[need.headroom]} more memory to spare" if need.memory_gib == roomy else ""
    spare = spare or (f"; {need.memory_gib.normalize():f} GiB at the least" if need.memory_gib > roomy else "")
    floors = "".join(
        f"; {floor.title}'s {_FIGURE[floor.as_]}: {_requirement(floor.of.vcpus, floor.of.memory_gib)} "
        f"({floor.of.source})"
        for floor in need.floors
        if 2 * (floor.of.vcpus or 0) >= need.vcpus or 2 * (floor.of.memory_gib or 0) >= need.memory_gib
    )
    return f"{parts}{spare}{floors}"


def _requirement(vcpus: Decimal | int | None, memory_gib: Decimal | None) -> str:
    asked = [f"{Decimal(vcpus).normalize():f} vCPU{'s' if vcpus > 1 else ''}"] if vcpus else []
    asked += [f"{round(memory_gib, 2).normalize():f} GiB"] if memory_gib else []
    return " and ".join(asked)


def _disk(decision: Decision, spec: Spec) -> Reason:
    stated = decision.reading.evidence("disk")
    if stated:
        return Reason(field="disk_gib", because=f"{spec.disk_gib} GiB as stated", evidence=stated)
    asked = "".join(
        f"; {floor.title}'s {_FIGURE[floor.as_]} is {floor.of.disk_gib} GiB ({floor.of.source})"
        for floor in decision.need.floors
        if (floor.of.disk_gib or 0) > spec.disk_gib - 10
    )
    held = "the system, the packages and the data" if decision.reading.data_gib else "the system and the packages"
    return Reason(
        field="disk_gib",
        because=f"{spec.disk_gib} GiB for {held}{asked}",
        evidence=decision.reading.evidence("data") or "the sum of what each takes, in steps of 10 GiB",
    )


def _disk_type(decision: Decision, spec: Spec) -> Reason:
    machine, stated = decision.choice.machine, decision.reading.stated
    takes = disk_types(machine.series)
    if stated.disk_type == spec.disk_type:
        why = f"{spec.disk_type} as stated"
    elif len(takes) == 1:
        why = f"{spec.disk_type}: {machine.series.upper()} machines take no other"
    elif spec.disk_type == "pd-ssd":
        why = "pd-ssd: a database in production waits for its disk"
    else:
        why = f"{spec.disk_type}: solid state at the middle price"
    evidence = decision.reading.evidence("disk") if stated.disk_type else "the rule for the workloads and environment"
    return Reason(field="disk_type", because=why, evidence=evidence or "the rule for the workloads and environment")


def _gpu(decision: Decision, spec: Spec) -> Reason:
    reading, need, gpu = decision.reading, decision.need, spec.gpu
    named = f"{gpu.count} × {gpu.type}" if gpu else ""
    using = [workloads()[id] for id in spec.packages if workloads()[id].needs.gpu_gib]
    rule = model_rule(reading, using)
    words = reading.evidence("GPU", "gpu memory", "model size", "machine learning")
    return Reason(
        field="gpu",
        because=f"{named}: the cheapest with {need.gpu_gib.normalize():f} GiB of memory"
        if need.gpu_gib
        else f"{named}, as named",
        evidence="; ".join(each for each in (words, rule) if each),
    )
