"""Where a machine is to be: the region or place that a request names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.catalog.places import Place, places
from shared.catalog.regions import regions
from shared.domain.spec import RegionWish
from shared.domain.suggestion import Keyword
from shared.suggestion.words import Word, negated, split

_I = re.IGNORECASE
_REGION_ID = re.compile(
    r"\b(?:us|europe|asia|northamerica|southamerica|australia|me|africa)-[a-z]+\d{1,2}(?:-[a-f])?\b", _I
)
_NEAR = re.compile(
    r"(?:near(?: to)?|close to|closest to|nearest(?: to)?|around|nearby|next to|"
    r"prefer(?:ably|red)?(?: in)?|ideally(?: in)?|cerca de|près de|proche de|nahe|in der nähe von|perto de|"
    r"(?:users|customers|clients|team|people|players|friends|visitors|audience|students|"
    r"colleagues|everyone|we|i)(?:\s+(?:are|is|am|live|based|located|mostly|all|from))*\s+(?:in|from|at|across))"
    r"\s+(?:the\s+)?$",
    _I,
)
_IN = re.compile(
    r"(?:in|at|from|within|inside|hosted in|located in|region|to|en|à|em|into|stay in)[\s:=]+(?:the\s+)?$", _I
)
_CODES = frozenset({"us", "uk", "eu"})


@dataclass(frozen=True, slots=True)
class Where:
    """The region wished for or required, the place that was named, its words, and what has to be said about it."""

    region: RegionWish | None = None
    place: tuple[float, float] | None = None
    keyword: Keyword | None = None
    note: str | None = None


def where(text: str) -> Where:
    """The first place that the text names: a region that is named is required, "near X" is a wish. A place without
    a region of this platform becomes a wish for the nearest one."""
    for start, end, place in _places(text):
        before = text[max(0, start - 60) : start]
        by_id = bool(_REGION_ID.match(text[start:end]))
        near = bool(_NEAR.search(before))
        if negated(text, start) or not (by_id or near or _IN.search(before)):
            continue
        word = Keyword(text=text[start:end], kind="place", start=start, end=end)
        at = (place.latitude, place.longitude)
        nearest = place.nearest
        if near:
            return Where(RegionWish(prefer=nearest), at, word)
        if place.region:
            return Where(RegionWish(must=place.region), at, word)
        note = f"This platform has no region in {word.text}; {nearest} ({regions()[nearest].city}) is the nearest."
        return Where(RegionWish(prefer=nearest), at, word, note)
    return Where()


def _places(text: str) -> Iterator[tuple[int, int, Place]]:
    named = [(hit.start(), hit.end(), _by_id(hit[0].lower())) for hit in _REGION_ID.finditer(text)]
    yield from ((start, end, place) for start, end, place in named if place)
    words, at = split(text), 0
    while at < len(words):
        for length in (3, 2, 1):
            span = words[at : at + length]
            found = _named(span)
            if found:
                yield span[0].start, span[-1].end, found
                at += len(span)
                break
        else:
            at += 1


def _by_id(id: str) -> Place | None:
    """A region, or a zone (whose region it is)."""
    return places().get(id) or places().get(id.rsplit("-", 1)[0])


def _named(span: tuple[Word, ...]) -> Place | None:
    name = " ".join(word.normal for word in span)
    if name in _CODES and not span[0].text.isupper():
        return None  # "us" is a word, "US" a country
    return places().get(name)
