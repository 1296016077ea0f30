"""How fast Cloud Tasks may wake provision: our share of what Compute Engine takes in a minute.

`look_rates.json` holds the figures and what follows from them, which Terraform reads; a test holds the two together.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("look_rates.json")


@dataclass(frozen=True)
class Looks:
    """A queue's limits: dispatches a second, and how many of them at a time."""

    per_second: float
    at_a_time: int


def looks(queries_per_minute: float, share: float, calls_per_look: float, seconds_per_look: float) -> Looks:
    """`queries_per_minute`: what Compute takes of one group of methods (each is counted by itself), the smallest of
    them. `share`: how much of it the looks may use; the rest is for what Pub/Sub wakes, the sweep, and people's own
    tools. `calls_per_look`: what one look asks of one group, on average: from birth over a stop and a start to the
    receipt nine looks make 15 reads of the busiest group, 1.7 each; the more is for machines that take long. So many
    looks a second use up the share and no more; and as each takes `seconds_per_look`, so many are under way at that
    rate (Little's law), or one more for the fraction.

    1,500 × 0.75 ÷ 60 ÷ 3 = 6.25 a second; × 2 s = 12.5, so 13 at a time.
    """
    per_second = queries_per_minute * share / 60 / calls_per_look
    return Looks(per_second, math.ceil(per_second * seconds_per_look))


@cache
def configured() -> Looks:
    """What follows from the figures in the file."""
    figures = json.loads(FILE.read_text())
    return looks(*(figures[name] for name in ("queries_per_minute", "share", "calls_per_look", "seconds_per_look")))
