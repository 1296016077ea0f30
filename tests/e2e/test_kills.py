"""kill -9 of the staged provision after every effect of a birth, and of the reaper after every effect of the death that
follows: each VM has one machine, and then none. `make kills` does the same to all the rest of a life."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.kills import BIRTH, DELETE, by_sweeps, crowd


def test_a_process_may_be_killed_after_every_effect_of_a_birth_and_of_a_death(tmp_path: Path) -> None:
    with crowd(tmp_path) as vms:
        for toll in vms.lead(BIRTH, *by_sweeps(DELETE)):
            assert not toll.spared, toll
        assert toll.sweeps
        assert vms.eye.violations == []
        assert vms.eye.look()["left"] == []
