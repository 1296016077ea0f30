"""What a quoted message adds to the one that quotes it: whatever the newer one leaves open."""

from __future__ import annotations

from dataclasses import fields, replace

from shared.suggestion.reading import Reading, Stated

_OPEN = (
    *("environment", "workloads", "users", "data_gib", "requests_per_second", "duration", "ports", "spot", "wish"),
    *("budget", "arm"),
)
_TOGETHER = (("os", "image"), ("region", "place"), ("billions", "bits", "training"))  # all of them or none
_OF_A_GPU = ("gpu", "gpu_count", "gpu_gib")
_BOUNDED = (("vcpus", "vcpus_bound"), ("memory_gib", "memory_bound"))
_NOTHING: tuple[object, ...] = (None, ())


def filled(newest: Reading, quoted: Reading) -> Reading:
    """The newest message's reading with what only the quoted one says. Words of a kind that the newest has itself stay
    out of the keywords: they decide nothing."""
    groups = [*((name,) for name in _OPEN), *_TOGETHER]
    taken = {
        name: getattr(quoted, name)
        for group in groups
        if all(getattr(newest, name) in _NOTHING for name in group)
        for name in group
    }
    kinds = {word.kind for word in newest.keywords}
    words = (*newest.keywords, *(word for word in quoted.keywords if word.kind not in kinds))
    stated = _stated(newest, quoted)
    return replace(
        newest,
        **taken,
        stated=stated,
        gpu=quoted.gpu if newest.gpu is None else newest.gpu,
        keywords=tuple(sorted(words, key=lambda word: word.start)),
    )


def _stated(newest: Reading, quoted: Reading) -> Stated:
    """Sizes by the number and a machine by its name exclude each other."""
    own, other = newest.stated, quoted.stated
    sized = own.vcpus or own.memory_gib
    if own.machine_type or (other.machine_type and sized):
        other = replace(other, machine_type=None, series=None, vcpus=None, memory_gib=None)
    plain = Stated()
    paired = dict(_BOUNDED)
    taken: dict[str, object] = {}
    for name in (each.name for each in fields(Stated)):
        if name in paired.values() or getattr(own, name) != getattr(plain, name):
            continue
        if name in _OF_A_GPU and newest.gpu is not None:
            continue
        taken[name] = getattr(other, name)
        if name in paired:
            taken[paired[name]] = getattr(other, paired[name])
    return replace(own, **taken)  # type: ignore[arg-type]
