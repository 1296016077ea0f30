"""How fast Cloud Tasks wakes provision: within our share of Compute's rate quota, and the same figures everywhere."""

from __future__ import annotations

import json
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from infra.look_rates import FILE, configured, looks


def test_the_file_that_terraform_reads_says_what_follows_from_its_figures() -> None:
    figures = json.loads(FILE.read_text())
    assert {name: figures[name] for name in ("per_second", "at_a_time")} == asdict(configured())


@given(st.floats(60, 100_000), st.floats(0.01, 1), st.floats(1, 10), st.floats(0.1, 60))
def test_no_minute_of_looks_asks_for_more_than_the_share(
    queries: float, share: float, calls: float, seconds: float
) -> None:
    found = looks(queries, share, calls, seconds)
    assert found.per_second * 60 * calls <= queries * share * (1 + 1e-9)
    assert found.at_a_time >= max(1, found.per_second * seconds)
