"""The price of a change to a VM that is there: refused at once where its approval would be, whatever the price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.db.accounts import PostgresAccounts
from shared.db.suggestions import PostgresQuotes, PostgresSuggestions
from shared.db.vm_reads import PostgresVmReads
from shared.domain.errors import Conflict, Refusal
from shared.domain.quote import Quote
from shared.domain.spec import format_duration
from shared.services.pricing import Pricing
from shared.services.suggesting import Suggesting
from shared.services.terms import Resize
from tests.integration.google_account import google_account
from tests.integration.test_long_extensions import NAME, PLENTY, WEEK, extend, running, shortly_before_its_switch
from tests.integration.world import OWNER, WHO, World

__all__ = ["google_account"]


@pytest.fixture
def pricing(here: World) -> Pricing:
    reads, quotes, clock = PostgresVmReads(here.engine, here.registry), PostgresQuotes(here.engine), here.registry.clock
    suggesting = Suggesting(PostgresSuggestions(here.engine), quotes, reads.regions, clock)
    return Pricing(suggesting, quotes, PostgresAccounts(here.engine).user, reads, clock, here.figures)


def quoted(pricing: Pricing, here: World, vm_id: str, by: timedelta = WEEK, **size: object) -> Quote:
    spec = here.vm(vm_id).spec
    longer = spec.model_copy(update={"duration": format_duration(spec.lease + by), **size})
    return pricing.quote_for_vm(OWNER, False, NAME, longer)


def refused_alike(pricing: Pricing, here: World, vm_id: str, by: timedelta = WEEK) -> str:
    """The code by which both the price of an extension and the extension are refused."""
    with pytest.raises(Refusal) as price:
        quoted(pricing, here, vm_id, by)
    with pytest.raises(Refusal) as approval:
        extend(here, by)
    assert (price.value.code, price.value.status) == (approval.value.code, approval.value.status)
    return price.value.code


def test_what_is_quoted_for_an_extension_is_what_it_is_approved_for(here: World, pricing: Pricing) -> None:
    vm_id = running(here)
    quote = quoted(pricing, here, vm_id)
    extend(here, ceiling=quote.total)
    assert here.vm(vm_id).approved_total == quote.total


def test_an_extension_that_comes_too_late_for_the_switch_has_no_price(here: World, pricing: Pricing) -> None:
    vm_id = shortly_before_its_switch(here, 2 * here.figures.power_deadline)
    assert refused_alike(pricing, here, vm_id) == "beyond_switch"


def test_one_that_is_being_changed_has_no_price_of_a_further_change(here: World, pricing: Pricing) -> None:
    vm_id = running(here)
    here.owning.resize(WHO, NAME, Resize("e2-standard-4", None, PLENTY), "larger")
    assert refused_alike(pricing, here, vm_id) == "changing"
    with pytest.raises(Conflict) as price:
        quoted(pricing, here, vm_id, timedelta(0), disk_gib=30)
    assert price.value.code == "changing"


@pytest.mark.parametrize("ended", ["past its end", "on its way out", "gone"])
def test_one_whose_time_is_up_has_no_price_of_more(here: World, pricing: Pricing, ended: str) -> None:
    vm_id = running(here)
    if ended == "past its end":
        here.move((here.vm(vm_id).lease + timedelta(minutes=1)).total_seconds())
    else:
        here.owning.delete(WHO, NAME)
    if ended == "gone":
        here.to_end(vm_id)
    assert refused_alike(pricing, here, vm_id, timedelta(hours=1)) == "past_end"
    with pytest.raises(Conflict):
        quoted(pricing, here, vm_id, timedelta(0), machine_type="e2-standard-4")


def test_a_price_as_it_is_stands_for_one_that_is_gone(here: World, pricing: Pricing) -> None:
    vm_id = running(here)
    here.to_end(vm_id)
    assert quoted(pricing, here, vm_id, timedelta(0)).total > Decimal(0)
