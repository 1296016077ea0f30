"""What each constraint of a case demands of a suggestion: one function a constraint, all of them on the API's document.

A size (`vcpus`, `memory_gib`, `disk_gib`, `duration`) is {"eq"|"min"|"max": n}. Groups (`packages_include`,
`ports_include`) are met by any one member. `region` is null, {"must": [ids]}, {"prefer": [ids]}, or {"not": [ids]}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.catalog.images import images
from shared.catalog.machines import accelerators, known_machine_type
from shared.catalog.workloads import workloads
from shared.domain.quote import Quote
from shared.domain.spec import Gpu, Spec, parse_duration
from shared.domain.suggestion import Suggestion
from tests.eval.language import language_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """One constraint against one suggestion; `expected` and `got` are for people to read."""

    constraint: str
    expected: Any
    got: Any
    met: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A suggestion that has a machine."""

    spec: Spec
    quote: Quote


Check = Callable[[Answer, Any], tuple[Any, bool]]


def verdicts(constraints: Mapping[str, Any], suggestion: Suggestion) -> Iterator[Verdict]:
    """Every constraint's verdict. Without a machine, whatever is demanded of one is not met."""
    for name, expected in constraints.items():
        if name in _OF_SUGGESTION:
            got, met = _OF_SUGGESTION[name](suggestion, expected)
        elif suggestion.spec is None or suggestion.quote is None:
            got, met = "no machine", False
        else:
            got, met = _OF_MACHINE[name](Answer(suggestion.spec, suggestion.quote), expected)
        yield Verdict(name, expected, got, met)


def within(bounds: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is what `eq` says, no less than `min` and no more than `max`."""
    return (
        ("eq" not in bounds or value == bounds["eq"])
        and ("min" not in bounds or value >= bounds["min"])
        and ("max" not in bounds or value <= bounds["max"])
    )


def gpu_of(spec: Spec) -> Gpu | None:
    """The GPUs that the machine has, attached or built in."""
    built_in = known_machine_type(spec.machine_type).gpu
    return Gpu(type=built_in[0], count=built_in[1]) if built_in else spec.gpu


def gpu_met(gpu: Gpu | None, wanted: Any) -> bool:
    """`none`, `any`, {type, count}, or {memory_gib_min}: of all the machine's GPUs together."""
    if wanted == "none":
        return gpu is None
    if gpu is None:
        return False
    if wanted == "any":
        return True
    if "memory_gib_min" in wanted:
        return bool(gpu.count * accelerators()[gpu.type].memory_gib >= wanted["memory_gib_min"])
    return bool(gpu.type == wanted["type"] and gpu.count == wanted["count"])


def _size(value: Callable[[Spec], Any]) -> Check:
    def check(answer: Answer, bounds: Any) -> tuple[Any, bool]:
        got = value(answer.spec)
        return got, within(bounds, got)

    return check


def _duration(answer: Answer, bounds: Any) -> tuple[Any, bool]:
    lengths = {bound: parse_duration(text) for bound, text in bounds.items()}
    return answer.spec.duration, within(lengths, answer.spec.lease)


def _gpu(answer: Answer, wanted: Any) -> tuple[Any, bool]:
    gpu = gpu_of(answer.spec)
    return f"{gpu.count} × {gpu.type}" if gpu else "none", gpu_met(gpu, wanted)


def _os(answer: Answer, wanted: Any) -> tuple[Any, bool]:
    """`any`: names that a system's own begins with, or its family (Linux); `version`: how its version begins."""
    image = images()[answer.spec.os_image]
    named = any(image.os.startswith(name) or image.os_family == name.lower() for name in wanted["any"])
    return answer.spec.os_image, named and image.version.startswith(wanted.get("version", ""))


def _one_of(value: Callable[[Spec], str]) -> Check:
    def check(answer: Answer, accepted: Any) -> tuple[Any, bool]:
        got = value(answer.spec)
        return got, got in accepted

    return check


def _series_exclude(answer: Answer, unwanted: Any) -> tuple[Any, bool]:
    return answer.spec.machine_type, known_machine_type(answer.spec.machine_type).series not in unwanted


def _packages_include(answer: Answer, groups: Any) -> tuple[Any, bool]:
    there = {name for id in _installed(answer.spec) for name in _called(id)}
    there.add(_plain(images()[answer.spec.os_image].os))  # some systems have Docker built in
    return list(answer.spec.packages), all(any(_plain(name) in there for name in group) for group in groups)


def _packages_exclude(answer: Answer, unwanted: Any) -> tuple[Any, bool]:
    found = [id for id in _installed(answer.spec) if not {_plain(name) for name in unwanted}.isdisjoint(_called(id))]
    return found, not found


def _installed(spec: Spec) -> Iterator[str]:
    """The packages of the spec, each once, with all that they require: they come with them."""
    waiting, seen = list(spec.packages), set[str]()
    while waiting:
        id = waiting.pop(0)
        if id in seen:
            continue
        seen.add(id)
        yield id
        known = workloads().get(id)
        waiting.extend(known.requires if known else ())


def _called(package: str) -> set[str]:
    known = workloads().get(package)
    words = (known.title, *known.words, *known.exact) if known else ()
    return {_plain(name) for name in (package, *words)}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _ports_include(answer: Answer, groups: Any) -> tuple[Any, bool]:
    ports = answer.spec.ports
    return list(ports), all(any(port in ports for port in group) for group in groups)


def _ports_exclude(answer: Answer, unwanted: Any) -> tuple[Any, bool]:
    return list(answer.spec.ports), not set(unwanted) & set(answer.spec.ports)


def _region(answer: Answer, wanted: Any) -> tuple[Any, bool]:
    wish = answer.spec.region
    got = wish.model_dump(exclude_none=True) if wish else None
    if wanted is None:
        return got, wish is None
    if "not" in wanted:
        return answer.quote.region, answer.quote.region not in wanted["not"]
    ((how, regions),) = wanted.items()
    return got, wish is not None and getattr(wish, how) in regions


def _equal(value: Callable[[Spec], Any]) -> Check:
    def check(answer: Answer, expected: Any) -> tuple[Any, bool]:
        got = value(answer.spec)
        return got, got == expected

    return check


def _at_most(value: Callable[[Quote], Decimal]) -> Check:
    def check(answer: Answer, most: Any) -> tuple[Any, bool]:
        got = value(answer.quote)
        return str(got), got <= Decimal(str(most))

    return check


def _outcome(suggestion: Suggestion, accepted: Any) -> tuple[Any, bool]:
    return suggestion.outcome, suggestion.outcome in accepted


def _language(suggestion: Suggestion, expected: Any) -> tuple[Any, bool]:
    """Of the reason for a refusal, or of the questions."""
    asked = " ".join(question.question for question in suggestion.questions)
    told = " ".join(reason.because for reason in suggestion.reasons if reason.field == "request")
    got = language_of(asked or told)
    return got, got == expected


_OF_SUGGESTION: Mapping[str, Callable[[Suggestion, Any], tuple[Any, bool]]] = {
    "outcome": _outcome,
    "language_of_reason": _language,
}
_OF_MACHINE: Mapping[str, Check] = {
    "vcpus": _size(lambda spec: known_machine_type(spec.machine_type).vcpus),
    "memory_gib": _size(lambda spec: float(known_machine_type(spec.machine_type).memory_gib)),
    "disk_gib": _size(lambda spec: spec.disk_gib),
    "duration": _duration,
    "gpu": _gpu,
    "os": _os,
    "arch": _one_of(lambda spec: known_machine_type(spec.machine_type).architecture),
    "machine_type": _one_of(lambda spec: spec.machine_type),
    "disk_type": _one_of(lambda spec: spec.disk_type),
    "series_exclude": _series_exclude,
    "packages_include": _packages_include,
    "packages_exclude": _packages_exclude,
    "ports_include": _ports_include,
    "ports_exclude": _ports_exclude,
    "region": _region,
    "environment": _equal(lambda spec: spec.environment),
    "spot": _equal(lambda spec: spec.spot),
    "max_total_usd": _at_most(lambda quote: quote.total),
    "max_hourly_usd": _at_most(lambda quote: quote.hourly),
}
CONSTRAINTS = frozenset((*_OF_SUGGESTION, *_OF_MACHINE))
