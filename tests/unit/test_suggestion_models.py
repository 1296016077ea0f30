"""GPUs by type, count and memory, and models by size, as people write them."""

from decimal import Decimal

import pytest

from tests.asking import read


@pytest.mark.parametrize(
    ("text", "gpu", "type", "count"),
    [
        ("two T4 GPUs", True, "nvidia-tesla-t4", 2),
        ("2x A100 80GB", True, "nvidia-a100-80gb", 2),
        ("A100 40GB", True, "nvidia-tesla-a100", 1),
        ("an H100", True, "nvidia-h100-80gb", 1),
        ("H100 x8", True, "nvidia-h100-80gb", 8),
        ("2x L4", True, "nvidia-l4", 2),
        ("dual L4s", True, "nvidia-l4", 2),
        ("a pair of L4s", True, "nvidia-l4", 2),
        ("NVIDIA Tesla T4 x 4", True, "nvidia-tesla-t4", 4),
        ("a T4 or better", True, "nvidia-tesla-t4", 1),
        ("RTX 4090-class", True, "nvidia-l4", 1),
        ("an RTX 3090", True, "nvidia-l4", 1),
        ("rtx pro 6000", True, "nvidia-rtx-pro-6000", 1),
        ("no T4, an L4", True, "nvidia-l4", 1),
        ("2块L4显卡", True, "nvidia-l4", 2),
        ("a GPU", True, None, 1),
        ("8 GPUs", True, None, 8),
        ("GPU: 2", True, None, 2),
        ("CUDA 12.4", True, None, 1),
        ("eine Grafikkarte", True, None, 1),
        ("no GPU please", False, None, 1),
        ("without a GPU", False, None, 1),
        ("GPU is not needed", False, None, 1),
        ("CPU only", False, None, 1),
        ("sin GPU", False, None, 1),
        ("sans carte graphique", False, None, 1),
        ("keine GPU", False, None, 1),
        ("sem GPU", False, None, 1),
        ("बिना GPU", False, None, 1),
        ("不需要GPU", False, None, 1),
        ("GPUなし", False, None, 1),
        ("PyTorch", None, None, 1),
        ("an L4 load balancer", None, None, 1),
        ("t4g.medium", None, None, 1),
    ],
)
def test_gpus_are_read_by_type_and_count(text, gpu, type, count):
    reading = read(text)
    assert (reading.gpu, reading.stated.gpu, reading.stated.gpu_count) == (gpu, type, count)


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("single GPU with 48 GB of VRAM", True),
        ("a GPU with 48 GB", True),
        ("a GPU with at least 40 GB for a day", True),
        ("one GPU, 48 GB of VRAM", True),
        ("eine GPU mit 40 GB", True),
        ("une seule carte graphique de 48 Go", True),
        ("una sola GPU con 48 GB", True),
        ("a GPU for a 70B model", False),
        ("at least 48 GB of VRAM", False),
        ("GPUs for Llama 3 70B", False),
        ("2 GPUs with 24 GB", False),
        ("dual GPU box", False),
    ],
)
def test_one_gpu_is_told_from_so_much_memory_on_gpus(text, one):
    assert read(text).stated.one_gpu == one


def test_a_gpu_that_compute_engine_lacks_is_replaced_and_that_is_said():
    assert any("RTX 4090" in note and "nvidia-l4" in note for note in read("RTX 4090").notes)


@pytest.mark.parametrize(
    ("text", "gib"),
    [
        ("24 GB of VRAM", 24),
        ("vram: 12gb", 12),
        ("a GPU with 24 GB", 24),
        ("24GB GPU", 24),
        ("16 GB de mémoire GPU", 16),
        ("显存24G", 24),
        ("a T4 with 16 GB of RAM", None),
    ],
)
def test_gpu_memory_is_told_from_the_machines(text, gib):
    assert read(text).stated.gpu_gib == gib


@pytest.mark.parametrize(
    ("text", "billions", "bits", "training"),
    [
        ("fine-tune a 7B model", 7, None, "adapters"),
        ("70b params", 70, None, None),
        ("8x7B", Decimal("46.7"), None, None),
        ("mixtral 8x22b", 141, None, None),
        ("mixtral", Decimal("46.7"), None, None),
        ("Llama 3.1 8B", 8, None, None),
        ("phi-3 mini", Decimal("3.8"), None, None),
        ("gemma 27b", 27, None, None),
        ("1.5 billion parameters", Decimal("1.5"), None, None),
        ("a 350M parameter model", Decimal("0.35"), None, None),
        ("350 million parameters", Decimal("0.35"), None, None),
        ("QLoRA on llama 2 13B", 13, 4, "adapters"),
        ("full fine-tune of a 7B", 7, None, "full"),
        ("pre-train a 1B model from scratch", 1, None, "full"),
        ("train a 350M model", Decimal("0.35"), None, "full"),
        ("serve a 4-bit quantized 70B", 70, 4, None),
        ("7B in fp16", 7, 16, None),
        ("int8 70B", 70, 8, None),
        ("un modelo de 7 mil millones de parámetros", 7, None, None),
        ("7 milliards de paramètres", 7, None, None),
        ("微调一个7B模型", 7, None, "adapters"),
        ("70亿参数", 7, None, None),
        ("7Bモデルをファインチューニング", 7, None, "adapters"),
        ("2 billion rows", None, None, None),
        ("1B users", None, None, None),
        ("an 8-bit game", None, None, None),
        ("llama.cpp", None, None, None),
    ],
)
def test_models_are_read_by_size_precision_and_training(text, billions, bits, training):
    reading = read(text)
    assert (reading.billions, reading.bits, reading.training) == (billions, bits, training)
