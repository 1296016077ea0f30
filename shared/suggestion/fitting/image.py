"""Which image and architecture: as named, as the workloads allow, else the newest Ubuntu LTS on x86-64."""

from __future__ import annotations

from datetime import date

from shared.catalog.images import Image, images, nearest_supported, newest, same_system
from shared.catalog.machines import Architecture, machine_type, machine_types
from shared.catalog.workloads import installable, workloads
from shared.suggestion.reading import Reading
from shared.suggestion.text.sentences import say

# What is proposed where no system is named, the first that is not refused.
_USUAL = ("Ubuntu", "Debian", "Rocky Linux")
# What is taken in its place for what runs there alone, the cheapest first.
_OTHERS = ("Debian", "Rocky Linux", "SLES", "RHEL")


def choose_image(reading: Reading, today: date, assumed: list[str]) -> Image:
    """The image; what was assumed on the way is added to `assumed`.

    arm64 only where it is asked for and every workload runs on it, since people's own programs are unknown; a named
    machine type or series decides by itself.
    """
    fixed = _of_machine(reading)
    architecture = fixed or ("ARM64" if reading.arm else "X86_64")
    image = _image(reading, architecture, today, assumed)
    if fixed or architecture == "X86_64":
        return image
    aside: list[str] = []
    other = _image(reading, "X86_64", today, aside)
    barred = [id for id in reading.workloads if not installable(id, image) and installable(id, other)]
    if image.architecture != "ARM64" or barred or (reading.os and image.os != reading.os):
        what = ", ".join(workloads()[id].title for id in barred) or f"{other.os} {other.version}"
        assumed[:] = [*(each for each in assumed if each in reading.notes), *aside]
        assumed.append(say("not_on_arm", reading.language, what=what))
        return other
    return image


def runs_everything(reading: Reading, image: Image) -> bool:
    """Whether each of the workloads can be installed on the image."""
    return all(installable(id, image) for id in reading.workloads)


def _of_machine(reading: Reading) -> Architecture | None:
    named = machine_type(reading.stated.machine_type or "")
    if named:
        return named.architecture
    kin = (machine for machine in machine_types().values() if machine.series == reading.stated.series)
    found = next(kin, None)
    return found.architecture if found else None


def _image(reading: Reading, architecture: Architecture, today: date, assumed: list[str]) -> Image:
    if reading.image:
        asked = images()[reading.image]
        asked = same_system(asked, architecture) or asked
        if asked.supported(today):
            return asked
        instead = nearest_supported(asked, today)
        gone = {"system": f"{asked.os} {asked.version}", "since": asked.end_of_support}
        if instead:
            nearest = f"{instead.os} {instead.version}"
            assumed.append(say("out_of_support", reading.language, instead=nearest, **gone))
            return instead
        assumed.append(say("out_of_support_alone", reading.language, **gone))
    elif reading.os:
        found = newest(reading.os, today, architecture)
        if found:
            return found
        assumed.append(say("no_image_for", reading.language, os=reading.os, architecture=architecture))
    return _unnamed(reading, architecture, today, assumed)


def _unnamed(reading: Reading, architecture: Architecture, today: date, assumed: list[str]) -> Image:
    usual = next(
        (image for os in _USUAL if not _refused(reading, os) and (image := newest(os, today, architecture))), None
    ) or newest("Ubuntu", today, architecture)
    windows = newest("Windows Server", today)
    if usual is None or windows is None:
        raise LookupError("the catalogue has no supported image left: refresh it")
    only_windows = [id for id in reading.workloads if not installable(id, usual) and installable(id, windows)]
    refused = _refused(reading, windows.os)
    if only_windows and architecture == "X86_64" and not reading.os and not refused:
        assumed.append(say("windows_only", reading.language, title=workloads()[only_windows[0]].title))
        return windows
    other = _other(reading, architecture, today, usual)
    if other is not None and not reading.os:
        barred = workloads()[next(id for id in reading.workloads if not installable(id, usual))]
        systems = {"other": f"{other.os} {other.version}", "usual": f"{usual.os} {usual.version}"}
        assumed.append(say("other_system", reading.language, title=barred.title, **systems))
        return other
    if not reading.os:
        assumed.append(say("no_system", reading.language, system=f"{usual.os} {usual.version}"))
    return usual


def _other(reading: Reading, architecture: Architecture, today: date, usual: Image) -> Image | None:
    """The first of the other systems that all the workloads run on, where the usual one does not do."""
    if runs_everything(reading, usual):
        return None
    offered = (image for os in (usual.os, *_OTHERS) if not _refused(reading, os) for image in _of(os, architecture))
    return next((one for one in offered if one.supported(today) and runs_everything(reading, one)), None)


def _of(os: str, architecture: Architecture) -> list[Image]:
    """The system's images, the newest first."""
    known = (image for image in images().values() if (image.os, image.architecture) == (os, architecture))
    return sorted(known, key=lambda image: image.order, reverse=True)


def _refused(reading: Reading, os: str) -> bool:
    """A refused system's name may be its family's: "Windows" refuses Windows Server."""
    return any(
        os.lower().startswith(each.lower()) or each.lower().startswith(os.lower()) for each in reading.unwanted_os
    )
