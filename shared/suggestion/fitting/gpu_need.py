"""Whether GPUs are needed, how much memory on them, and whether one has to have all of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from shared.catalog.machines import most_gpu_gib
from shared.catalog.workloads import Workload
from shared.suggestion.fitting.model_memory import gpu_memory_gib, on_gpus
from shared.suggestion.reading import Reading

_ANY_GPU_GIB = Decimal(12)  # "a GPU" and no more: what a middling model takes


def gpu_gib(reading: Reading, needed: Sequence[Workload]) -> Decimal | None:
    """GiB of GPU memory: as stated, else the largest of the workloads' minimum and what the model's size takes. A GPU
    that is named stands, in as many as the model needs, if there are so many. None where none is needed: a model whose
    size is known needs one, unless what runs it works on processors too."""
    using = on_gpus(needed)
    on_processors = not using and any(workload.needs.gpu_per_billion for workload in needed)
    if reading.gpu is False or not (reading.gpu or using or (reading.billions and not on_processors)):
        return None
    if reading.stated.gpu_gib is not None:
        return reading.stated.gpu_gib
    model = gpu_memory_gib(reading, using)
    if reading.stated.gpu is not None:
        return min(model, Decimal(most_gpu_gib(reading.stated.gpu)))
    return max([*(workload.needs.gpu_gib for workload in using), model]) or _ANY_GPU_GIB


def on_one_gpu(reading: Reading, needed: Sequence[Workload]) -> bool:
    """Whether all the memory has to be on one GPU: as said, or since what uses it does not spread itself. A model is
    spread by what runs it, and so is memory that is asked for without saying what for."""
    stated, using = reading.stated, on_gpus(needed)
    if stated.gpu is not None or stated.gpu_count > 1:
        return False
    if stated.one_gpu:
        return True
    if using:
        return not any(workload.spreads for workload in using)
    return not (reading.billions or stated.gpu_gib)
