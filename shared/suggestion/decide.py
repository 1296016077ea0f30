"""The decision: a reading → a specification, grounded in the catalogue, with what was assumed on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.catalog.check import LONGEST_LEASE
from shared.catalog.images import Image, images, nearest_supported, newest
from shared.catalog.machines import Architecture, machine_types
from shared.catalog.workloads import installable, workloads
from shared.domain.spec import SHORTEST, DiskType, Environment, RegionWish, Spec, format_duration
from shared.suggestion.machine import Choice, Price, choose, exists
from shared.suggestion.reading import Reading
from shared.suggestion.sizing import Need, size

DEFAULT_LEASE = timedelta(hours=2)
DEFAULT_ENVIRONMENT: Environment = "development"
_OWN_PORT = {"linux": 22, "windows": 3389}  # open to the requester on every machine of the family
_DRIVER = "nvidia-driver"

Question = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and all that an explanation needs: the need, the image, and what was assumed or asked."""

    choice: Choice
    need: Need
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
    architecture = _architecture(reading)
    image = _image(reading, architecture, today, assumed)
    environment = reading.environment or DEFAULT_ENVIRONMENT
    if reading.environment is None:
        assumed.append(f"No environment is named: {environment}.")
    packages = _packages(reading, image, assumed)
    need = size(reading, packages, image, environment)
    if need.gpu_gib is not None and installable(_DRIVER, image):
        packages = (*(package for package in packages if package != _DRIVER), _DRIVER)
    draft = Spec(
        machine_type="e2-standard-2",  # a draft's; the choice puts its own in its place
        os_image=image.family,
        packages=packages,
        disk_gib=need.disk_gib,
        disk_type=_disk_type(reading, packages, environment),
        ports=_ports(reading, packages, image),
        region=reading.region,
        duration=_duration(reading, longest, assumed),
        spot=bool(reading.spot),
        environment=environment,
    )
    _note_stated(reading, need, image, assumed)
    choice = choose(draft, need, reading.stated, reading.wish, image.architecture, price)
    questions = reading.unclear
    if choice is None and reading.region is not None and reading.region.must is not None:
        elsewhere = draft.model_copy(update={"region": RegionWish(prefer=reading.region.must)})
        choice = choose(elsewhere, need, reading.stated, reading.wish, image.architecture, price)
        questions = (*questions, _elsewhere(reading.region.must, choice)) if choice else questions
    if choice is None:
        return Impossible(_why_not(reading, need, image.architecture))
    return Decision(choice, need, image, reading, tuple(assumed), questions)


def _architecture(reading: Reading) -> Architecture:
    named = machine_types().get(reading.stated.machine_type or "")
    if named:
        return named.architecture
    return "ARM64" if reading.arm else "X86_64"


def _image(reading: Reading, architecture: Architecture, today: date, assumed: list[str]) -> Image:
    if reading.image:
        asked = images()[reading.image]
        if asked.supported(today):
            return asked
        instead = nearest_supported(asked, today)
        gone = f"{asked.os} {asked.version} has been out of support since {asked.end_of_support}"
        if instead:
            assumed.append(f"{gone}; {instead.os} {instead.version} is the nearest that is supported.")
            return instead
        assumed.append(f"{gone}, and no newer one is offered.")
    elif reading.os:
        found = newest(reading.os, today, architecture)
        if found:
            return found
        assumed.append(f"No supported image of {reading.os} is offered for {architecture}.")
    ubuntu = newest("Ubuntu", today, architecture)
    windows = newest("Windows Server", today)
    if ubuntu is None or windows is None:
        raise LookupError("the catalogue has no supported image left: refresh it")
    only_windows = [id for id in reading.workloads if not installable(id, ubuntu) and installable(id, windows)]
    if only_windows and architecture == "X86_64" and not reading.os:
        assumed.append(f"{workloads()[only_windows[0]].title} runs on Windows Server only.")
        return windows
    if not reading.os:
        assumed.append(f"No operating system is named: the newest supported Ubuntu LTS, {ubuntu.version}.")
    return ubuntu


def _packages(reading: Reading, image: Image, assumed: list[str]) -> tuple[str, ...]:
    left_out = [id for id in reading.workloads if not installable(id, image)]
    for id in left_out:
        title = workloads()[id].title
        assumed.append(f"{title} is not installed: the catalogue has no way to on {image.os} {image.version}.")
    kept = tuple(id for id in reading.workloads if id not in left_out and id != _DRIVER)
    for id in kept:
        terms = workloads()[id].terms
        if terms:
            assumed.append(f"Installing {workloads()[id].title} accepts its terms: {terms}")
    return kept[:49]


def _disk_type(reading: Reading, packages: tuple[str, ...], environment: Environment) -> DiskType:
    if reading.stated.disk_type:
        return reading.stated.disk_type
    stores = any(workloads()[id].kind in ("database", "search engine") for id in packages)
    return "pd-ssd" if stores and environment == "production" else "pd-balanced"


def _ports(reading: Reading, packages: tuple[str, ...], image: Image) -> tuple[int, ...]:
    serving = [port for id in packages for port in workloads()[id].ports]
    own = _OWN_PORT[image.os_family]
    return tuple(port for port in dict.fromkeys([*reading.ports, *serving]) if port != own)[:20]


def _duration(reading: Reading, longest: timedelta, assumed: list[str]) -> str:
    if reading.duration is None:
        assumed.append(f"No duration is named: {format_duration(DEFAULT_LEASE)}.")
        return format_duration(DEFAULT_LEASE)
    if reading.duration > longest:
        assumed.append(f"{format_duration(longest)} is the longest lease; it can be asked for again when it ends.")
    if reading.duration < SHORTEST:
        assumed.append(f"{format_duration(SHORTEST)} is the shortest lease.")
    return format_duration(min(max(reading.duration, SHORTEST), longest))


def _note_stated(reading: Reading, need: Need, image: Image, assumed: list[str]) -> None:
    """Where a stated number is below what the workloads are known to need, it stands, and that is said."""
    stated, unstated = reading.stated, replace(reading.stated, vcpus=None, memory_gib=None)
    if stated.disk_gib is not None and stated.disk_gib < image.min_disk_gib:
        assumed.append(f"{image.os} {image.version} needs a disk of {image.min_disk_gib} GiB.")
    if stated.memory_gib is None and stated.vcpus is None:
        return
    usual = size(replace(reading, stated=unstated), reading.workloads, image, reading.environment or "development")
    if need.memory_gib < usual.lean_gib:
        assumed.append(
            f"{need.memory_gib.normalize():f} GiB as stated, though about {usual.lean_gib:.1f} GiB are needed."
        )
    if need.vcpus < usual.vcpus:
        assumed.append(f"{need.vcpus} vCPUs as stated, though about {usual.vcpus} would be needed.")


def _elsewhere(region: str, choice: Choice | None) -> Question:
    other = choice.priced.region if choice else region
    return (
        f"{region} does not offer this machine. May it be elsewhere?",
        (f"yes, in {other}", "no, a smaller one there"),
    )


def _why_not(reading: Reading, need: Need, architecture: Architecture) -> str:
    stated = reading.stated
    asked = [f"{need.vcpus} vCPUs"] if stated.vcpus else []
    asked += [f"{need.memory_gib:.0f} GiB"] if stated.memory_gib else []
    if need.gpu_gib is not None:
        asked.append(f"{stated.gpu_count} × {stated.gpu}" if stated.gpu else f"a GPU of {need.gpu_gib} GiB")
    what = stated.machine_type or " and ".join(asked) or f"{need.vcpus} vCPUs and {need.memory_gib:.0f} GiB"
    if exists(need, stated, reading.wish, architecture):
        return f"No region of this platform offers {what} at a known price."
    return f"No machine type that this platform offers has {what}."
