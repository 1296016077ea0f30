"""machine_types.json made anew from what Compute Engine says, and how both files are written. What Google does not say
(which disks a series takes, to what a GPU attaches, the limits of custom types) is carried over from the old one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra.catalog.google import Offer, Offered

Document = dict[str, Any]
SOURCE = {"licence": "Google APIs Terms of Service", "for": "all figures, save what the note names"}


@dataclass(frozen=True, slots=True)
class Made:
    """A new document, and in sentences what it lacks."""

    document: Document
    missing: tuple[str, ...]


def written(document: Mapping[str, Any]) -> str:
    """A catalogue file's text: each member on a line of its own, each entry of a section on its own below it."""
    members = []
    for name, value in document.items():
        if isinstance(value, dict):
            entries = ",\n".join(f"    {_json(key)}: {_json(entry)}" for key, entry in value.items())
            members.append(f"  {_json(name)}: {{\n{entries}\n  }}")
        else:
            members.append(f"  {_json(name)}: {_json(value)}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def machine_types(old: Document, offer: Offer, regions: Iterable[str], today: date) -> Made:
    """What is offered where. A series that the old file has no disk types for, and a GPU that it does not know, are
    left out and listed, as are types whose GPU is a fraction, and bare metal."""
    known, missing = {}, set()
    for name, machine in offer.machine_types.items():
        reason = _unusable(old, machine)
        if reason is None:
            known[name] = _machine(machine, old["machine_types"].get(name, {}), regions)
        elif reason:
            missing.add(reason)
    gone = [f"{name} is offered nowhere any more" for name in old["machine_types"] if name not in known]
    gpus = {gpu: _gpu(facts, offer.gpu_zones.get(gpu, {}), regions) for gpu, facts in old["gpus"].items()}
    source = {"name": "Compute Engine API, machineTypes and acceleratorTypes", **SOURCE, "version": today.isoformat()}
    document = {**old, "as_of": today.isoformat(), "sources": [source], "gpus": gpus, "machine_types": known}
    return Made(document, (*sorted(missing), *gone))


def _unusable(old: Document, machine: Offered) -> str | None:
    """Why it cannot be in the catalogue; empty where nobody has to know."""
    series = machine.name.partition("-")[0]
    if machine.name.endswith("-metal") or any(count < 1 for _, count in machine.gpus) or len(machine.gpus) > 1:
        return ""
    if series not in old["disk_types"]:
        return f"series {series} is left out: disk_types does not say which disks it takes"
    unknown = [gpu for gpu, _ in machine.gpus if gpu not in old["gpus"]]
    return f"machines with {unknown[0]} are left out: gpus does not know it" if unknown else None


def _machine(machine: Offered, old: Mapping[str, Any], regions: Iterable[str]) -> Document:
    entry: Document = {
        "series": machine.name.partition("-")[0],
        "vcpus": machine.vcpus,
        "memory_gib": f"{machine.memory_gib:f}",
    }
    if machine.shared_core:
        entry["shared_core"] = True
    if machine.gpus:
        entry["gpu"] = list(machine.gpus[0])
    if machine.architecture != "X86_64":
        entry["architecture"] = machine.architecture
    if machine.bundled_ssd_gib:
        entry["bundled_ssd_gib"] = machine.bundled_ssd_gib
    entry["offered"] = in_turn(machine.regions, old.get("offered", ()), regions)
    return entry


def _gpu(old: Document, zones: Mapping[str, tuple[str, ...]], regions: Iterable[str]) -> Document:
    """Zones by their letters, and only of GPUs that are attached: where the others are, their machine types say."""
    if "zones" not in old:
        return old
    letters = {region: [zone.rsplit("-", 1)[1] for zone in named] for region, named in zones.items()}
    return {**old, "zones": {region: letters[region] for region in in_turn(letters, old["zones"], regions)}}


def in_turn(found: Iterable[str], before: Iterable[str], regions: Iterable[str]) -> list[str]:
    """In the order that the file had, new ones after them in the regions' own: so that a diff shows what changed."""
    there = set(found)
    return [region for region in dict.fromkeys((*before, *regions)) if region in there]
