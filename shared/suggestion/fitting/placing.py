"""Keeping away from the regions that are refused: a region that is required cannot say it, a wish can."""

from __future__ import annotations

from collections.abc import Iterator

from shared.catalog.regions import DEFAULT_REGIONS, regions
from shared.domain.spec import RegionWish, Spec
from shared.suggestion.fitting.machine import Choice, Price, Terms, choose
from shared.suggestion.fitting.sizing import Need
from shared.suggestion.reading import Reading
from shared.suggestion.text.sentences import say


def kept_away(reading: Reading, draft: Spec, need: Need, terms: Terms, price: Price) -> tuple[Spec, Choice | None]:
    """The choice, in no region that is refused where another one has it; a wish for that one is put in the draft."""
    first = choose(draft, need, terms, price)
    if first is None or first.priced.region not in reading.unwanted_regions:
        return draft, first
    for region in DEFAULT_REGIONS:
        if region.id not in reading.unwanted_regions:
            there = draft.model_copy(update={"region": RegionWish(prefer=region.id)})
            other = choose(there, need, terms, price)
            if other and other.priced.region not in reading.unwanted_regions:
                return there, other
    return draft, first


def not_there(reading: Reading, choice: Choice) -> Iterator[str]:
    """Where the machine goes instead of where it must not."""
    region = choice.priced.region
    refused = reading.evidence("refused place")
    if refused and region not in reading.unwanted_regions:
        yield say("not_there", reading.language, refused=refused, region=region, city=regions()[region].city)
