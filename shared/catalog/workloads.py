"""What people run: its names, what it needs, how it is installed on each system, the ports that it serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from shared.catalog.files import document
from shared.catalog.images import Image

# What has to be there before a manager can install anything.
_MANAGER_NEEDS = {"docker": "docker", "pip": "python3", "npm": "nodejs", "gem": "ruby"}
_BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Needs:
    """At its lightest, without the operating system. Memory and disk in GiB; `per_user` in GiB for each concurrent
    user; `gpu_per_billion`: GiB of GPU memory for each billion of a model's parameters."""

    vcpus: Decimal
    memory_gib: Decimal
    disk_gib: int
    per_user: Decimal
    gpu_gib: Decimal
    gpu_per_billion: Decimal


@dataclass(frozen=True, slots=True)
class Workload:
    """A package or a thing that people run.

    `words` name it in a request, in lower case; `exact` are names that count only as written ("R"); `generic` are
    words for its whole kind ("database"), which mean it when nothing else of that kind is named.
    `ports` are opened with it; `serves`, a database's own port, is not. `light`: shared cores suit it. `batch`: it can
    begin again, so an interruption is harmless. `terms`: installing it accepts these.
    """

    id: str
    title: str
    kind: str
    words: frozenset[str]
    exact: frozenset[str]
    generic: frozenset[str]
    needs: Needs
    install: Mapping[str, tuple[str, ...]]
    requires: tuple[str, ...]
    ports: tuple[int, ...]
    serves: int | None
    light: bool
    batch: bool
    arm: bool
    terms: str | None
    source: str


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of a machine's set-up: `packages` by `manager` (apt, dnf, zypper, pip, npm, gem, snap, docker, choco,
    windows-feature, gpu-driver), with `options` in front of them. For docker the package is an image to run."""

    name: str
    manager: str
    packages: tuple[str, ...]
    options: tuple[str, ...] = ()


@cache
def workloads() -> Mapping[str, Workload]:
    """The vocabulary, by id."""
    return {id: _workload(id, facts) for id, facts in document("workloads")["workloads"].items()}


def stacks() -> Mapping[str, tuple[str, ...]]:
    """Names that stand for several workloads at once ("LAMP"), in lower case."""
    return {name: tuple(ids) for name, ids in document("workloads")["stacks"].items()}


def _workload(id: str, facts: Mapping[str, Any]) -> Workload:
    exact = frozenset(facts.get("strict", ()))
    names = {id.replace("-", " "), id, facts["title"].lower()} if not exact else set()
    needs = facts["needs"]
    return Workload(
        id=id,
        title=facts["title"],
        kind=facts["kind"],
        words=frozenset(names | {alias.lower() for alias in facts["aliases"]}),
        exact=exact,
        generic=frozenset(facts.get("generic", ())),
        needs=Needs(
            vcpus=Decimal(needs["vcpus"]),
            memory_gib=Decimal(needs["memory_gib"]),
            disk_gib=needs["disk_gib"],
            per_user=Decimal(needs.get("memory_mib_per_user", 0)) / 1024,
            gpu_gib=Decimal(needs.get("gpu_memory_gib", 0)),
            gpu_per_billion=Decimal(needs.get("gpu_gib_per_billion", 0)),
        ),
        install={where: tuple(how) for where, how in facts["install"].items()},
        requires=tuple(facts.get("requires", ())),
        ports=tuple(facts.get("ports", ())),
        serves=facts.get("serves"),
        light=facts.get("light", False),
        batch=facts.get("batch", False),
        arm=facts.get("arm", True),
        terms=facts.get("terms"),
        source=facts["source"],
    )


def method(workload: Workload, image: Image) -> tuple[str, ...] | None:
    """How the workload is installed on the image, as manager and arguments; None where it cannot be.

    The narrowest rule wins: the distribution's version, the distribution, the package manager's version (that is, the
    system's), the package manager, the family of systems.
    """
    system = image.os.split()[0].lower()
    major = image.order[0] if image.order else 0
    keys = (f"{system}-{major}", system, f"{image.installer}-{major}", image.installer, image.os_family)
    for key in keys:
        how = workload.install.get(key)
        if how is not None and _has_manager(how[0], image):
            return how
    return None


def _has_manager(manager: str, image: Image) -> bool:
    if image.installer == "none":
        return manager in ("docker", _BUILT_IN)
    return manager != "snap" or image.os.startswith("Ubuntu")


def installable(package: str, image: Image) -> bool:
    """Whether the package, and all that it requires, can be installed on the image."""
    workload = workloads().get(package)
    if workload is None or not (workload.arm or image.architecture == "X86_64"):
        return False
    return all(method(workloads()[each], image) is not None for each in with_requirements((package,), image))


def setup_steps(packages: Iterable[str], image: Image) -> tuple[SetupStep, ...]:
    """The steps that install the packages in their order, each after what it requires, nothing twice.

    KeyError for an unknown package; one that cannot be installed on the image (`installable`) is left out.
    """
    steps = []
    for id in with_requirements(packages, image):
        how = method(workloads()[id], image)
        if how is None or how[0] == _BUILT_IN:
            continue
        manager, *words = how
        options = tuple(word for word in words if word.startswith("--"))
        wanted = tuple(word for word in words if not word.startswith("--"))
        steps.append(SetupStep(f"Install {id}", manager, wanted, options))
    return tuple(steps)


def with_requirements(packages: Iterable[str], image: Image) -> Iterator[str]:
    """The packages in their order, each after what it requires on the image, nothing twice."""
    seen: set[str] = set()

    def visit(id: str) -> Iterator[str]:
        if id in seen:
            return
        seen.add(id)
        workload = workloads()[id]
        how = method(workload, image)
        prerequisite = _MANAGER_NEEDS.get(how[0]) if how else None
        for each in (prerequisite, *workload.requires):
            if each is not None:
                yield from visit(each)
        yield id

    for package in packages:
        yield from visit(package)
