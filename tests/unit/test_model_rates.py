"""What a model's tokens cost, by its name and by configuration."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.services.model_rates import UNKNOWN, Rates, rates


@pytest.mark.parametrize(
    ("model", "input", "output"),
    [
        ("gpt-4.1-mini", "0.40", "1.60"),
        ("gpt-4.1-mini-2025-04-14", "0.40", "1.60"),
        ("gpt-4.1", "2.00", "8.00"),
        ("ft:gpt-4.1-mini-2025-04-14:acme:vmc:abc123", "0.80", "3.20"),
    ],
)
def test_a_known_model_costs_its_list_price(model, input, output):
    assert rates(model, None, None) == Rates(Decimal(input), Decimal(output))


@pytest.mark.parametrize("model", ["llama3:8b", "gpt-9", "gpt-4.1-maxi", ""])
def test_an_unknown_model_is_taken_for_a_dear_one(model):
    assert rates(model, None, None) == UNKNOWN


def test_what_is_configured_counts_each_for_itself():
    assert rates("gpt-9", Decimal(0), None) == Rates(Decimal(0), UNKNOWN.output)
    assert rates("gpt-4.1-mini", None, Decimal(3)) == Rates(Decimal("0.40"), Decimal(3))


def test_a_million_tokens_cost_the_rate():
    assert Rates(Decimal(2), Decimal(8)).cost(1_000_000, 500_000) == Decimal(6)
    assert Rates(Decimal("0.40"), Decimal("1.60")).cost(1, 0) == Decimal("0.0000004")
