"""Use case: the examples, counted and as the lines of a training file. They are made anew from the registry each time
and kept nowhere, so that a consent withdrawn, or an account gone, counts from the next look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from shared.domain.learning import Approved, Split
from shared.services.learning.ports import LearningStore
from shared.suggestion.model.examples import Example, LeftOut, examples

MOST = 2000  # the newest approvals that are looked at: more teach little, and cost tokens
PAGE = 200
MOST_HELD_BACK = 100  # of the examples that are held back, so many judge a model


class Exporting:
    def __init__(self, store: LearningStore) -> None:
        self.store = store

    def counts(self) -> dict[str, Any]:
        """How many there are, on which side, what the people had changed, and how many are left out for what."""
        made = list(self._all())
        found = [each for each in made if isinstance(each, Example)]
        left_out = Counter(each for each in made if not isinstance(each, Example))
        edited = Counter(name for each in found for name in each.edited)
        return {
            "approvals": len(made),
            "examples": len(found),
            "train": sum(each.split == "train" for each in found),
            "held_back": sum(each.split == "held_back" for each in found),
            "edited": dict(edited.most_common()),
            "came_of": dict(Counter(each.came_of for each in found).most_common()),
            "left_out": dict(left_out.most_common()),
        }

    def lines(self, split: Split) -> Iterator[str]:
        """OpenAI's chat fine-tuning format, a line each, with its line end."""
        return (f"{each.line()}\n" for each in self._all() if isinstance(each, Example) and each.split == split)

    def held_back(self) -> list[Example]:
        """Those that models are judged by: chosen by hash, so that new ones hardly change which they are."""
        found = [each for each in self._all() if isinstance(each, Example) and each.split == "held_back"]
        return sorted(found, key=lambda each: each.digest)[:MOST_HELD_BACK]

    def _all(self) -> Iterator[Example | LeftOut]:
        return examples(self._approved())

    def _approved(self) -> Iterator[Approved]:
        before = None
        for _ in range(MOST // PAGE):
            page = self.store.approved(before, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            before = page[-1].cursor
