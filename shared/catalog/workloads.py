"""What people run: its names, what it needs, how it is installed on each system, the ports that it serves.

The facts are data, in `data/workloads/KIND.json`: each file is dated and holds `workloads`, by id, one a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from shared.catalog.files import document, documents
from shared.catalog.images import Image

# What has to be there before a manager can install anything.
_MANAGER_NEEDS = {"docker": "docker", "pip": "python3", "npm": "nodejs", "gem": "ruby"}
_BUILT_IN = "built-in"
_OUR_OWN = "sized by this project; no official figure"
_KEYS = frozenset(
    {"title", "kind", "aliases", "strict", "everyday", "generic", "needs", "minimum", "recommended", "install"}
    | {"repository", "requires", "ports", "serves", "light", "batch", "spreads", "arm", "licence", "terms", "note"}
    | {"source"}
)
_NEEDS_KEYS = frozenset(
    {"vcpus", "memory_gib", "disk_gib", "memory_mib_per_user", "memory_gib_per_data_gib"}
    | {"memory_gib_per_million_reads", "gpu_memory_gib", "gpu_gib_per_billion"}
)
_REQUIREMENT_KEYS = frozenset({"vcpus", "memory_gib", "disk_gib", "source"})


@dataclass(frozen=True, slots=True)
class Needs:
    """At its lightest in production, without the operating system. Memory and disk in GiB; `per_user` in GiB for each
    concurrent user; `per_data_gib` in GiB of memory for each GiB of data that it holds, `per_million_reads` in GiB
    for each million of a sequencer's, in place of its memory where they are known; `gpu_gib`: GiB of GPU memory
    without which it is of no use; `gpu_per_billion`: GiB of it for each billion of a model's parameters."""

    vcpus: Decimal
    memory_gib: Decimal
    disk_gib: int
    per_user: Decimal
    per_data_gib: Decimal
    per_million_reads: Decimal
    gpu_gib: Decimal
    gpu_per_billion: Decimal


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the vendor states that a machine must have, or should, for a supported installation: of the whole machine,
    the operating system included. None where the vendor says nothing; `source` is the page that says the rest."""

    vcpus: int | None
    memory_gib: Decimal | None
    disk_gib: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A package or a thing that people run.

    `words` name it in a request, in lower case and in any language; `exact` are names that count only as written ("R");
    `everyday` are names that are everyday words too ("ghost"), and count only where software is spoken of; `generic`
    are words for its whole kind ("database"), which mean it when nothing else of that kind is named.
    `install` holds a manager and its words for each system (`method`); `repository` is the vendor's own, which apt and
    dnf take its packages from. A workload without a way to be installed has a `note` that says why; so has one whose
    rest is left to people (a licence to bring, an installer that asks questions).
    `ports` are opened with it; `serves`, a database's own port, is not. `light`: shared cores suit it. `batch`: it can
    begin again, so an interruption is harmless. `spreads`: it lays one model over several GPUs. `arm`: all of it exists
    for arm64. `licence`: an SPDX name, or what a commercial one takes. `terms`: installing it accepts these. `source`:
    where its needs are from.
    """

    id: str
    title: str
    kind: str
    words: frozenset[str]
    exact: frozenset[str]
    everyday: frozenset[str]
    generic: frozenset[str]
    needs: Needs
    minimum: Requirement | None
    recommended: Requirement | None
    install: Mapping[str, tuple[str, ...]]
    repository: str | None
    requires: tuple[str, ...]
    ports: tuple[int, ...]
    serves: int | None
    light: bool
    batch: bool
    spreads: bool
    arm: bool
    licence: str
    terms: str | None
    note: str | None
    source: str


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of a machine's set-up: `packages` by `manager` (apt, dnf, zypper, pip, npm, gem, snap, docker, choco,
    windows-feature, gpu-driver), with `options` in front of them. For docker the package is an image to run; for
    apt-repository the words are a name, the address of its key, and the address, suite and components of a repository;
    for dnf-repository a name, the address of its key and that of the repository."""

    name: str
    manager: str
    packages: tuple[str, ...]
    options: tuple[str, ...] = ()


@cache
def workloads() -> Mapping[str, Workload]:
    """The vocabulary, by id. ValueError for an id that is there twice, or a key that is not known."""
    found: dict[str, Workload] = {}
    for file in documents("workloads"):
        for id, facts in file["workloads"].items():
            if id in found:
                raise ValueError(f"the workload {id} is there twice")
            found[id] = _workload(id, facts)
    return found


def stacks() -> Mapping[str, tuple[str, ...]]:
    """Names that stand for several workloads at once ("LAMP"), in lower case."""
    return {name: tuple(ids) for name, ids in document("stacks")["stacks"].items()}


def repositories() -> Mapping[str, Mapping[str, Any]]:
    """Vendors' package repositories: by name, then by manager (apt, dnf), the address of the key that signs it and its
    own, for apt with suite and components. Only such as are the same for every release of a distribution."""
    found: Mapping[str, Mapping[str, Any]] = document("repositories")["repositories"]
    return found


def _workload(id: str, facts: Mapping[str, Any]) -> Workload:
    _known(id, facts, _KEYS)
    exact = frozenset(facts.get("strict", ()))
    everyday = frozenset(facts.get("everyday", ()))
    names = {id.replace("-", " "), id, facts["title"].lower()} if not (exact or everyday) else set()
    return Workload(
        id=id,
        title=facts["title"],
        kind=facts["kind"],
        words=frozenset(names | {alias.lower() for alias in facts["aliases"]}),
        exact=exact,
        everyday=everyday,
        generic=frozenset(facts.get("generic", ())),
        needs=_needs(id, facts["needs"]),
        minimum=_requirement(id, facts.get("minimum")),
        recommended=_requirement(id, facts.get("recommended")),
        install={where: tuple(how) for where, how in facts["install"].items()},
        repository=facts.get("repository"),
        requires=tuple(facts.get("requires", ())),
        ports=tuple(facts.get("ports", ())),
        serves=facts.get("serves"),
        light=facts.get("light", False),
        batch=facts.get("batch", False),
        spreads=facts.get("spreads", False),
        arm=facts.get("arm", True),
        licence=facts["licence"],
        terms=facts.get("terms"),
        note=facts.get("note"),
        source=facts.get("source", _OUR_OWN),
    )


def _needs(id: str, facts: Mapping[str, Any]) -> Needs:
    _known(id, facts, _NEEDS_KEYS)
    return Needs(
        vcpus=Decimal(facts["vcpus"]),
        memory_gib=Decimal(facts["memory_gib"]),
        disk_gib=facts["disk_gib"],
        per_user=Decimal(facts.get("memory_mib_per_user", 0)) / 1024,
        per_data_gib=Decimal(facts.get("memory_gib_per_data_gib", 0)),
        per_million_reads=Decimal(facts.get("memory_gib_per_million_reads", 0)),
        gpu_gib=Decimal(facts.get("gpu_memory_gib", 0)),
        gpu_per_billion=Decimal(facts.get("gpu_gib_per_billion", 0)),
    )


def _requirement(id: str, facts: Mapping[str, Any] | None) -> Requirement | None:
    if facts is None:
        return None
    _known(id, facts, _REQUIREMENT_KEYS)
    memory = facts.get("memory_gib")
    return Requirement(
        vcpus=facts.get("vcpus"),
        memory_gib=Decimal(memory) if memory is not None else None,
        disk_gib=facts.get("disk_gib"),
        source=facts["source"],
    )


def _known(id: str, facts: Mapping[str, Any], keys: frozenset[str]) -> None:
    unknown = facts.keys() - keys
    if unknown:
        raise ValueError(f"the workload {id} has keys that mean nothing: {', '.join(sorted(unknown))}")


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
    if package not in workloads():
        return False
    needed = [workloads()[each] for each in with_requirements((package,), image)]
    return all((each.arm or image.architecture == "X86_64") and method(each, image) is not None for each in needed)


def setup_steps(packages: Iterable[str], image: Image) -> tuple[SetupStep, ...]:
    """The steps that install the packages in their order, each after what it requires, nothing twice.

    KeyError for an unknown package; one that cannot be installed on the image (`installable`) is left out.
    """
    steps: list[SetupStep] = []
    for id in with_requirements(packages, image):
        how = method(workloads()[id], image)
        if how is None or how[0] == _BUILT_IN:
            continue
        manager, *words = how
        source = _source(workloads()[id].repository, manager)
        if source is not None and source not in steps:
            steps.append(source)
        options = tuple(word for word in words if word.startswith("--"))
        wanted = tuple(word for word in words if not word.startswith("--"))
        steps.append(SetupStep(f"Install {id}", manager, wanted, options))
    return tuple(steps)


def _source(repository: str | None, manager: str) -> SetupStep | None:
    """The step that makes the vendor's repository known to the manager; None where packages are not from one."""
    facts = repositories()[repository].get(manager) if repository else None
    if facts is None:
        return None
    words = (repository, facts["key"], facts["address"], *facts.get("suite", ()))
    return SetupStep(f"Add repository {repository}", f"{manager}-repository", words)


def prerequisites(workload: Workload, image: Image) -> tuple[str, ...]:
    """Ids of what has to be there before it: what its installation takes on the image, and what it requires."""
    how = method(workload, image)
    manager = _MANAGER_NEEDS.get(how[0]) if how else None
    return (manager, *workload.requires) if manager else workload.requires


def with_requirements(packages: Iterable[str], image: Image) -> Iterator[str]:
    """The packages in their order, each after what it requires on the image, nothing twice."""
    seen: set[str] = set()

    def visit(id: str) -> Iterator[str]:
        if id in seen:
            return
        seen.add(id)
        for each in prerequisites(workloads()[id], image):
            yield from visit(each)
        yield id

    for package in packages:
        yield from visit(package)
