"""The GPU memory that a language model takes, by its size, its bits and what is done with it. GB are taken as GiB."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from shared.catalog.workloads import Workload
from shared.suggestion.reading import Reading

INFERENCE_SOURCE = "https://blog.eleuther.ai/transformer-math/"
TRAINING_SOURCE = "https://github.com/hiyouga/LLaMA-Factory#hardware-requirement"

_USUAL_BITS = 16
_OVER_WEIGHTS = Decimal("1.2")  # the weights, and a fifth for the cache of keys and values and what else runs
# Bytes a parameter, by the bits that the weights are kept in. Adapters: the weights stay as they are (7B: 16, 10, 6
# GB). Full: gradients and the optimiser's state too, in mixed precision (18), or in 16 bits alone where that is said.
_ADAPTERS = ((4, Decimal("0.9")), (8, Decimal("1.45")), (16, Decimal("2.3")), (32, Decimal("4.6")))
_FULL_MIXED = Decimal(18)
_FULL_16_BITS = Decimal(8)
# What a checkpoint of a full training has on the disk: the weights in 16 bits, their copy in 32 and two moments.
_CHECKPOINT_BYTES = Decimal(14)
_CHECKPOINTS_KEPT = 2


def on_gpus(needed: Sequence[Workload]) -> list[Workload]:
    """Those that are of no use without a GPU."""
    return [workload for workload in needed if workload.needs.gpu_gib]


def gpu_memory_gib(reading: Reading, using: Sequence[Workload]) -> Decimal:
    """GiB for the model of that size; 0 where no size is said. `using`: the workloads that run it; one that keeps its
    models in fewer bits of its own accord says so by its `gpu_per_billion`."""
    if reading.billions is None:
        return Decimal(0)
    return reading.billions * _bytes_a_parameter(reading, using)


def weights_gib(reading: Reading, using: Sequence[Workload]) -> Decimal:
    """GiB of the weights alone, as they are loaded; 0 where no size is said."""
    if reading.billions is None:
        return Decimal(0)
    if reading.training is None and reading.bits is None:
        return reading.billions * min(_usual(using) / _OVER_WEIGHTS, Decimal(_USUAL_BITS) / 8)
    return reading.billions * (reading.bits or _USUAL_BITS) / 8


def disk_gib(reading: Reading, using: Sequence[Workload]) -> Decimal:
    """GiB on the disk: the weights as fetched and as converted or saved; of a full training, its checkpoints too."""
    if reading.billions is None:
        return Decimal(0)
    saved = 2 * max(weights_gib(reading, using), reading.billions * _USUAL_BITS / 8)
    full = reading.training == "full"
    return saved + (reading.billions * _CHECKPOINT_BYTES * _CHECKPOINTS_KEPT if full else 0)


def rule(reading: Reading, using: Sequence[Workload]) -> str:
    """How the memory was come by, for a person, with its source; empty where no size is said."""
    if reading.billions is None:
        return ""
    each = f"{reading.billions.normalize():f} billion parameters × {_bytes_a_parameter(reading, using):.2f} bytes"
    if reading.training is None:
        own = next((workload for workload in using if workload.needs.gpu_per_billion), None)
        if own and not reading.bits:
            return f"{each}, as {own.title} runs them ({own.source})"
        return f"{each}, the weights and a fifth for the cache ({INFERENCE_SOURCE})"
    how = "weights, gradients and the optimiser's state" if reading.training == "full" else "weights and adapters"
    return f"{each} for {how} ({TRAINING_SOURCE})"


def _bytes_a_parameter(reading: Reading, using: Sequence[Workload]) -> Decimal:
    if reading.training == "full":
        return _FULL_16_BITS if reading.bits == _USUAL_BITS else _FULL_MIXED
    if reading.training == "adapters":
        bits = reading.bits or _USUAL_BITS
        return next((taken for most, taken in _ADAPTERS if bits <= most), _ADAPTERS[-1][1])
    return _OVER_WEIGHTS * reading.bits / 8 if reading.bits else _usual(using)


def _usual(using: Sequence[Workload]) -> Decimal:
    """Bytes a parameter with what goes on top, where no bits are said."""
    named = [workload.needs.gpu_per_billion for workload in using if workload.needs.gpu_per_billion]
    return max(named, default=_OVER_WEIGHTS * _USUAL_BITS / 8)
