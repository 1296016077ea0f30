"""Cards as they are counted and measured, and training that is of every weight."""

import pytest

from tests.asking import read


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("deux cartes T4", 2),
        ("dos tarjetas T4", 2),
        ("tres tarjetas L4", 3),
        ("4 tarjetas gráficas T4", 4),
        ("zwei Karten T4", 2),
        ("duas placas T4", 2),
        ("T4を2枚", 2),
        ("L4 4枚", 4),
        ("L4 GPUを2枚", 2),
        ("T4两张", 2),
        ("四张L4显卡", 4),
        ("2 cards of T4", 2),
        ("T4, 2 days", 1),
        ("T4 2个小时", 1),
    ],
)
def test_cards_are_counted_in_each_tongues_way(text, count):
    assert read(text).stated.gpu_count == count


@pytest.mark.parametrize(
    "text",
    [
        "24GB card, pytorch",
        "card with 24GB, stable diffusion",
        "carte de 24 Go, pytorch",
        "tarjeta de 24GB, pytorch",
        "24-GB-Karte, pytorch",
        "24GB的卡，pytorch",
        "24GBのカード, pytorch",
        "placa de 24GB, pytorch",
        "needs a 24 GB card",
        "a 24 GB graphics card",
    ],
)
def test_a_cards_memory_is_not_the_machines(text):
    stated = read(text).stated
    assert (stated.gpu_gib, stated.memory_gib) == (24, None)


@pytest.mark.parametrize(
    "text",
    [
        "fine-tune all weights of a 3B model",
        "finetune a 3B model, all the weights",
        "update every parameter of a 3B model, finetuning",
        "whole-model fine-tuning of a 3B model",
        "fine-tune a 3B model without LoRA",
        "fine-tuning completo de un modelo 3B",
        "fine-tuning complet d'un modèle 3B",
        "vollständiges Fine-Tuning eines 3B Modells",
        "3B模型全参微调",
        "3Bモデルをフルパラメータで学習",
        "unfreeze everything, finetune 3B",
    ],
)
def test_every_weight_is_full_training(text):
    assert read(text).training == "full"


@pytest.mark.parametrize(
    "text",
    [
        "fine-tune a 7B model with lora",
        "finetuning a 3B model",
    ],
)
def test_other_fine_tuning_is_of_adapters(text):
    assert read(text).training == "adapters"


def test_no_adapter_where_nothing_is_trained_is_no_training_in_full():
    assert read("run a 7B model, no lora").training != "full"
