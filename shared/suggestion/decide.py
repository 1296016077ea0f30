"""The decision: a reading → a specification, grounded in the catalogue, with what was assumed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from shared.catalog.check import LONGEST_LEASE
from shared.catalog.images import Image
from shared.catalog.machines import MachineType, accelerators, machine_type
from shared.catalog.workloads import installable, workloads
from shared.domain.money import rounded, written
from shared.domain.spec import SHORTEST, DiskType, Environment, RegionWish, Spec, format_duration
from shared.suggestion.fitting.budget import over
from shared.suggestion.fitting.image import choose_image
from shared.suggestion.fitting.machine import Choice, Price, Terms, choose, exists, largest, nearest_below
from shared.suggestion.fitting.placing import kept_away, not_there
from shared.suggestion.fitting.sizing import LARGEST_DISK_GIB, Need, size
from shared.suggestion.reading import Reading
from shared.suggestion.text.sentences import say

DEFAULT_LEASE = timedelta(hours=2)
DEFAULT_ENVIRONMENT: Environment = "development"
_OWN_PORT = {"linux": 22, "windows": 3389}  # open to the requester on every machine of the family
_DRIVER = "nvidia-driver"
_MOST_QUESTIONS = 2

Question = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and all that an explanation needs: the need, the terms of the choice, the image, and what was
    assumed or asked."""

    choice: Choice
    need: Need
    terms: Terms
    image: Image
    reading: Reading
    assumptions: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Impossible:
    """No machine of the catalogue can do what is stated, or no region has one; why, in a sentence."""

    because: str


def decide(reading: Reading, price: Price, today: date, longest: timedelta = LONGEST_LEASE) -> Decision | Impossible:
    """The specification that the reading asks for. What was not said is assumed, and the assumption is named."""
    assumed = list(reading.notes)
    image = choose_image(reading, today, assumed)
    environment = reading.environment or DEFAULT_ENVIRONMENT
    if reading.environment is None:
        assumed.append(say("no_environment", reading.language, environment=environment))
    packages = _packages(reading, image, assumed)
    named = tuple(id for id in reading.workloads if id != _DRIVER)
    need = size(reading, named, image, environment)  # what people install by hand needs as much
    draft = _draft(reading, need, image, packages, _duration(reading, longest, assumed))
    terms = Terms(reading.stated, reading.wish, image.architecture, reading.unwanted_series)
    draft, choice = kept_away(reading, draft, need, terms, price)
    questions = reading.unclear
    if reading.region and reading.region.must and not (choice and choice.priced.eligible):
        draft = draft.model_copy(update={"region": RegionWish(prefer=reading.region.must)})
        other = choose(draft, need, terms, price)
        if other and (choice is None or other.priced.eligible):
            questions = (_elsewhere(reading.region.must, choice, other), *questions)
            choice = choice or other
    choice = choice or nearest_below(draft, need, terms, price)
    if choice is None:
        return Impossible(_why_not(reading, need, terms) + _another_gpu(draft, need, terms, price))
    first = choice
    choice, need = _within_budget(reading, draft, need, terms, price, first)
    if choice is not first:
        names = {"roomier": first.machine.name, "machine": choice.machine.name}
        assumed.append(say("lean", reading.language, **names))
    assumed += [*_remarks(reading, need, image, choice), *_cheaper_elsewhere(reading, choice, price)]
    return Decision(choice, need, terms, image, reading, tuple(assumed), questions[:_MOST_QUESTIONS])


def _within_budget(
    reading: Reading, draft: Spec, need: Need, terms: Terms, price: Price, choice: Choice
) -> tuple[Choice, Need]:
    """Without headroom where that alone keeps it within the budget: a budget is stated, the headroom is not."""
    budget, stated = reading.budget, reading.stated
    if budget is None or not over(budget, choice.spec, choice.priced.hourly):
        return choice, need
    if stated.vcpus or stated.memory_gib or stated.machine_type or need.gpu_gib is not None:
        return choice, need
    lean = replace(need.lean(), busy=None if need.busy is None else Decimal(0))
    smaller = choose(draft, lean, terms, price)
    if smaller is None or over(budget, smaller.spec, smaller.priced.hourly):
        return choice, need
    return smaller, lean


def _draft(reading: Reading, need: Need, image: Image, packages: tuple[str, ...], duration: str) -> Spec:
    environment = reading.environment or DEFAULT_ENVIRONMENT
    if need.gpu_gib is not None and installable(_DRIVER, image):
        packages = (*(package for package in packages if package != _DRIVER), _DRIVER)
    return Spec(
        machine_type="e2-standard-2",  # a draft's; the choice puts its own in its place
        os_image=image.family,
        packages=packages,
        disk_gib=need.disk_gib,
        disk_type=_disk_type(reading, packages, environment),
        ports=_ports(reading, packages, image),
        region=reading.region,
        duration=duration,
        spot=bool(reading.spot),
        environment=environment,
    )


def _packages(reading: Reading, image: Image, assumed: list[str]) -> tuple[str, ...]:
    tongue = reading.language
    left_out = [id for id in reading.workloads if not installable(id, image)]
    for id in left_out:
        workload = workloads()[id]
        if workload.install:
            assumed.append(say("no_way", tongue, title=workload.title, system=f"{image.os} {image.version}"))
        else:
            assumed.append(say("not_installed", tongue, title=workload.title, note=workload.note))
    kept = tuple(id for id in reading.workloads if id not in left_out and id != _DRIVER)
    for id in kept:
        workload = workloads()[id]
        if workload.terms:
            assumed.append(say("terms", tongue, title=workload.title, terms=workload.terms))
        if workload.note:
            assumed.append(f"{workload.title}: {workload.note}")
    return kept[:49]


def _disk_type(reading: Reading, packages: tuple[str, ...], environment: Environment) -> DiskType:
    if reading.stated.disk_type:
        return reading.stated.disk_type
    kinds = [workloads()[id].kind for id in packages]
    stores = any("database" in kind or kind == "search engine" for kind in kinds)
    return "pd-ssd" if stores and environment == "production" else "pd-balanced"


def _ports(reading: Reading, packages: tuple[str, ...], image: Image) -> tuple[int, ...]:
    serving = [port for id in packages for port in workloads()[id].ports]
    only = reading.only_ports
    served = (port for port in serving if port not in reading.closed_ports and (only is None or port in only))
    own = _OWN_PORT[image.os_family]
    return tuple(port for port in dict.fromkeys([*reading.ports, *served]) if port != own)[:20]


def _duration(reading: Reading, longest: timedelta, assumed: list[str]) -> str:
    if reading.duration is None:
        assumed.append(say("no_duration", reading.language, duration=format_duration(DEFAULT_LEASE)))
        return format_duration(DEFAULT_LEASE)
    if reading.duration > longest:
        assumed.append(say("longest_lease", reading.language, duration=format_duration(longest)))
    if reading.duration < SHORTEST:
        assumed.append(say("shortest_lease", reading.language, duration=format_duration(SHORTEST)))
    return format_duration(min(max(reading.duration, SHORTEST), longest))


def _remarks(reading: Reading, need: Need, image: Image, choice: Choice) -> Iterator[str]:
    """What stands though it is less than is known to be needed, what could not be met exactly, and what it costs."""
    yield from _stated_disk(reading, image, choice)
    yield from _below_the_need(reading, need, image, choice.machine)
    yield from not_there(reading, choice)
    yield from _not_exactly(reading, choice)
    machine = choice.machine
    if reading.stated.machine_type is None and (machine.vcpus < need.vcpus or machine.memory_gib < need.memory_gib):
        needed = {"vcpus": need.vcpus, "gib": f"{need.memory_gib:.0f}", "machine": machine.name}
        yield say("several_machines", reading.language, **needed)
    excess = over(reading.budget, choice.spec, choice.priced.hourly) if reading.budget else None
    if excess:
        yield excess


def _stated_disk(reading: Reading, image: Image, choice: Choice) -> Iterator[str]:
    stated, tongue = reading.stated, reading.language
    if stated.disk_gib is not None and stated.disk_gib < image.min_disk_gib:
        yield say("image_disk", tongue, system=f"{image.os} {image.version}", gib=image.min_disk_gib)
    if stated.disk_gib is not None and stated.disk_gib > LARGEST_DISK_GIB:
        yield say("largest_disk", tongue, gib=LARGEST_DISK_GIB)
    if stated.disk_type is not None and stated.disk_type != choice.spec.disk_type:
        types = {"asked": stated.disk_type, "disk_type": choice.spec.disk_type}
        yield say("no_such_disk", tongue, machine=choice.machine.name, **types)


def _below_the_need(reading: Reading, need: Need, image: Image, machine: MachineType) -> Iterator[str]:
    """A machine that is named, or a size, below what a maker asks for, else below what the parts take."""
    stated, tongue = reading.stated, reading.language
    if stated.memory_gib is None and stated.vcpus is None and stated.machine_type is None:
        return
    if not reading.workloads:
        return
    free = replace(reading, stated=replace(stated, machine_type=None, vcpus=None, memory_gib=None))
    usual = size(free, reading.workloads, image, reading.environment or DEFAULT_ENVIRONMENT)
    vcpus = machine.vcpus if stated.machine_type else need.vcpus
    memory = machine.memory_gib if stated.machine_type else need.memory_gib
    for floor in usual.floors:
        asked = [counted(floor.of.vcpus or 0)] if (floor.of.vcpus or 0) > vcpus else []
        asked += [f"{_plain(floor.of.memory_gib)} GiB"] if (floor.of.memory_gib or 0) > memory else []
        if asked:
            what = {"asked": ", ".join(asked), "floor": floor.as_, "source": floor.of.source}
            yield say("floor", tongue, title=floor.title, **what)
    if memory < usual.lean_gib and not any((floor.of.memory_gib or 0) > memory for floor in usual.floors):
        yield say("memory_below", tongue, stated=_plain(memory), gib=f"{usual.lean_gib:.1f}")
    if vcpus < usual.vcpus and not any((floor.of.vcpus or 0) > vcpus for floor in usual.floors):
        yield say("vcpus_below", tongue, stated=counted(vcpus), vcpus=usual.vcpus)


def _not_exactly(reading: Reading, choice: Choice) -> Iterator[str]:
    stated, machine = reading.stated, choice.machine
    if stated.machine_type:
        return
    asked = []
    if stated.vcpus and stated.vcpus_bound == "exactly" and machine.vcpus != stated.vcpus:
        asked.append(counted(stated.vcpus))
    if stated.memory_gib and stated.memory_bound == "exactly" and machine.memory_gib != stated.memory_gib:
        asked.append(f"{_plain(stated.memory_gib)} GiB")
    if asked:
        has = {"machine": machine.name, "vcpus": counted(machine.vcpus), "gib": _plain(machine.memory_gib)}
        yield say("next_above", reading.language, asked=", ".join(asked), **has)


def _cheaper_elsewhere(reading: Reading, choice: Choice, price: Price) -> Iterator[str]:
    """A note alone, to whoever minds the price: a required region is kept."""
    minds = reading.wish == "cheap" or (
        reading.budget is not None and over(reading.budget, choice.spec, choice.priced.hourly) is not None
    )
    if choice.spec.region is None or choice.spec.region.must is None or not minds:
        return
    other = price(choice.spec.model_copy(update={"region": None}))
    if other is not None and other.eligible and other.hourly < choice.priced.hourly:
        less = rounded(choice.priced.hourly - other.hourly)
        yield say("cheaper_there", reading.language, region=other.region, less=written(less))


def counted(vcpus: int) -> str:
    """ "1 vCPU", "2 vCPUs"."""
    return f"{vcpus} vCPU{'' if vcpus == 1 else 's'}"


def _plain(amount: Decimal | None) -> str:
    return f"{(amount or Decimal(0)).normalize():f}"


def _elsewhere(region: str, there: Choice | None, other: Choice) -> Question:
    """Where the region that is required has none such, or only one above its limit that others need not."""
    if there is None:
        told, stay = f"{region} does not offer this machine.", "no, a smaller one there"
    else:
        told, stay = f"{region} has only {there.machine.name} for this, above its limit.", "no, only there"
    return f"{told} May it be elsewhere?", (f"yes, in {other.priced.region}", stay)


def _another_gpu(draft: Spec, need: Need, terms: Terms, price: Price) -> str:
    """What has as much GPU memory as the GPU that is named and not to be had."""
    named = accelerators().get(terms.stated.gpu or "")
    if named is None:
        return ""
    stated = replace(terms.stated, gpu=None, gpu_count=1, gpu_gib=None)
    as_much = replace(need, on_one_gpu=False, gpu_gib=Decimal(terms.stated.gpu_count * named.memory_gib))
    instead = choose(draft, as_much, replace(terms, stated=stated), price)
    gpu = instead.spec.gpu if instead else None
    return f" {gpu.count} × {gpu.type} has as much GPU memory." if gpu else ""


def _why_not(reading: Reading, need: Need, terms: Terms) -> str:
    stated = reading.stated
    asked = [counted(need.vcpus)] if stated.vcpus else []
    asked += [f"{need.memory_gib:.0f} GiB"] if stated.memory_gib else []
    if need.gpu_gib is not None:
        named = f"{stated.gpu_count} × {stated.gpu}" if stated.gpu else f"a GPU of {need.gpu_gib.normalize():f} GiB"
        asked.append(named)
    what = stated.machine_type or " and ".join(asked) or f"{counted(need.vcpus)} and {need.memory_gib:.0f} GiB"
    machine = machine_type(stated.machine_type or "")
    if machine and machine.most_disk_gib < need.disk_gib:
        return f"{machine.name} takes a disk of {machine.most_disk_gib} GiB at most, and {need.disk_gib} are needed."
    if exists(need, terms):
        return f"No region of this platform offers {what} at a known price."
    vcpus, gib = largest()
    if need.gpu_gib is None and (need.vcpus > vcpus or need.memory_gib > gib):
        return say("catalogue_ends", reading.language, what=what, vcpus=vcpus, gib=gib)
    instead = " Training adapters alone (LoRA) takes an eighth of it." if reading.training == "full" else ""
    return f"No machine type that this platform offers has {what}.{instead}"
