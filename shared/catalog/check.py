"""Whether a specification, edited by a person or a program, is one that Compute would take and that can be set up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from shared.catalog.custom import parsed
from shared.catalog.images import Image, images, nearest_supported
from shared.catalog.machines import MachineType, accelerators, disk_types, machine_type, takes_gpu
from shared.catalog.regions import regions
from shared.catalog.workloads import installable, workloads
from shared.domain.errors import Invalid
from shared.domain.spec import Spec, format_duration

LONGEST_LEASE = timedelta(days=30)

Problem = tuple[str, str]  # the field of the spec, and a sentence


def validate(spec: Spec, on: date, longest: timedelta = LONGEST_LEASE) -> None:
    """Raise Invalid `spec_invalid` with all that is wrong: `problems` is a list of {field, detail}."""
    _refuse(list(_problems(spec, on, longest)))


def validate_change(before: Spec, after: Spec, on: date, longest: timedelta = LONGEST_LEASE) -> None:
    """The same for a VM that is there: what is wrong with it already, as an image that has aged, is no obstacle."""
    already = set(_problems(before, on, longest))
    _refuse([problem for problem in _problems(after, on, longest) if problem not in already])


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise Invalid(
            "spec_invalid",
            " ".join(detail for _, detail in problems),
            problems=[{"field": field, "detail": detail} for field, detail in problems],
        )


def _problems(spec: Spec, on: date, longest: timedelta) -> Iterator[Problem]:
    if spec.lease > longest:
        yield "duration", f"The longest lease is {format_duration(longest)}, not {spec.duration}."
    wished = spec.region and (spec.region.must or spec.region.prefer)
    if wished and wished not in regions():
        yield "region", f"{wished} is not a region of this platform: it has {', '.join(regions())}."
    machine = machine_type(spec.machine_type)
    image = images().get(spec.os_image)
    if machine is None:
        yield "machine_type", _no_machine(spec.machine_type)
    else:
        yield from _disk(spec, machine)
        yield from _gpu(spec, machine)
    if image is None:
        yield "os_image", f"There is no image family {spec.os_image}."
        return
    yield from _image(spec, image, on)
    yield from _packages(spec, image)
    if machine is not None and machine.architecture != image.architecture:
        yield "os_image", f"{image.family} is for {image.architecture}, {machine.name} is {machine.architecture}."


def _no_machine(name: str) -> str:
    custom = parsed(name)
    return f"There is no machine type {name}{f': {custom[0]}' if custom else ''}."


def _disk(spec: Spec, machine: MachineType) -> Iterator[Problem]:
    if spec.disk_gib > machine.most_disk_gib:
        yield "disk_gib", f"{machine.name} takes a disk of {machine.most_disk_gib} GiB at most."
    takes = disk_types(machine.series)
    if spec.disk_type not in takes:
        yield "disk_type", f"{machine.series.upper()} machines take {', '.join(takes)}, not {spec.disk_type}."


def _gpu(spec: Spec, machine: MachineType) -> Iterator[Problem]:
    asked = (spec.gpu.type, spec.gpu.count) if spec.gpu else None
    if asked == machine.gpu:
        return
    if machine.gpu is not None:
        yield "gpu", f"{machine.name} comes with {machine.gpu[1]} × {machine.gpu[0]}: ask for those."
    elif asked is not None and asked[0] not in accelerators():
        yield "gpu", f"There is no GPU type {asked[0]}."
    elif asked is not None and not takes_gpu(machine, *asked):
        yield "gpu", f"{asked[1]} × {asked[0]} cannot be attached to {machine.name}."


def _image(spec: Spec, image: Image, on: date) -> Iterator[Problem]:
    if spec.disk_gib < image.min_disk_gib:
        yield "disk_gib", f"{image.family} needs a disk of {image.min_disk_gib} GiB or more."
    if not image.supported(on):
        newer = nearest_supported(image, on)
        instead = f" Take {newer.family}." if newer else ""
        yield "os_image", f"{image.os} {image.version} has been out of support since {image.end_of_support}.{instead}"


def _packages(spec: Spec, image: Image) -> Iterator[Problem]:
    for package in spec.packages:
        if package not in workloads():
            yield "packages", f"There is no package {package} in the catalogue."
        elif not installable(package, image):
            yield "packages", f"{package} cannot be installed on {image.family}."
    if "nvidia-driver" in spec.packages and spec.gpu is None:
        yield "packages", "nvidia-driver needs a GPU."
    if len(set(spec.packages)) != len(spec.packages):
        yield "packages", "Each package once."
