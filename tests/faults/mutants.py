"""`python -m tests.faults.mutants`: takes one safeguard at a time out of a copy of the code; the test that is named for
it must fail there. Ends with 1 if one does not notice, or no longer finds what it is to take out."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("shared", "functions", "local", "infra", "tests", "pyproject.toml")
SAFEGUARDS = "tests/faults/test_safeguards.py"


@dataclass(frozen=True)
class Mutant:
    """In `file`, `old` (which must be there once) becomes `new`; `test`, of `suite`, is to fail for it."""

    name: str
    file: str
    old: str
    new: str
    test: str
    suite: str = SAFEGUARDS


MUTANTS = (
    Mutant(
        "a claim is given though another holds",
        "shared/db/registry.py",
        "                .where((VMS.c.claimed_until.is_(None)) | (VMS.c.claimed_until <= PLATFORM_NOW))\n"
        "                .values(version",
        "                .values(version",
        "test_while_one_worker_holds_a_vm_another_does_nothing_to_it",
    ),
    Mutant(
        "a row is written whatever its version",
        "shared/db/registry.py",
        "where(VMS.c.id == before.id, VMS.c.version == before.version)",
        "where(VMS.c.id == before.id)",
        "test_a_row_that_somebody_else_moved_is_not_overwritten",
    ),
    Mutant(
        "nothing is put in the outbox",
        "shared/db/recording.py",
        "connection.execute(insert(OutboxRow).values(kind=kind, vm_id=vm_id, body=body))",
        "pass",
        "test_a_wake_up_that_pub_sub_did_not_take_goes_out_with_a_later_tick",
    ),
    Mutant(
        "a message counts as sent though it was not",
        "shared/services/relay.py",
        "            if superseded or self._sent(message):\n",
        "            if superseded or self._sent(message) or True:\n",
        "test_a_wake_up_that_pub_sub_did_not_take_goes_out_with_a_later_tick",
    ),
    Mutant(
        "any machine of that name is adopted",
        "shared/services/provisioning/birth.py",
        "return instance.labels.get(LABEL_ID) == vm.id",
        "return True",
        "test_a_machine_of_somebody_elses_is_neither_adopted_nor_deleted",
    ),
    Mutant(
        "a deletion counts once it was asked for",
        "shared/services/provisioning/death.py",
        "    if left or not _all_settled(",
        "    if False and not _all_settled(",
        "test_a_vm_is_gone_only_once_its_machine_is_read_as_gone",
    ),
    Mutant(
        "an unanswered insert counts as nothing at once",
        "shared/services/provisioning/death.py",
        "        return turn.settled(attempt.sent_at)",
        "        return True",
        "test_an_unanswered_insert_counts_as_nothing_only_when_read_again_two_minutes_later",
    ),
    Mutant(
        "regions are not locked for a choice",
        "shared/db/region_use.py",
        "query.with_for_update(key_share=True) if lock else query",
        "query",
        "test_while_a_place_is_being_chosen_nobody_else_can_choose",
    ),
    Mutant(
        "the project is not locked for a choice",
        "shared/db/region_use.py",
        "select(PROJECT.c.id).with_for_update(key_share=True)",
        "select(PROJECT.c.id)",
        "test_while_a_place_is_being_chosen_nobody_else_can_choose",
    ),
    Mutant(
        "addresses are not counted",
        "shared/db/region_use.py",
        'used_addresses=use.get("vms", 0)',
        "used_addresses=0",
        "test_workers_that_race_for_the_last_addresses_share_them_out_exactly",
        "tests/integration/test_addresses_and_rules.py",
    ),
    Mutant(
        "a stopped machine's firewall rule is not counted",
        "shared/db/region_use.py",
        'rules = sum(row["vms"] for row in use.values())',
        'rules = sum(row["vms"] for region, row in use.items() if region)',
        "test_a_stop_gives_its_address_back_and_a_start_finds_it_taken",
        "tests/integration/test_addresses_and_rules.py",
    ),
    Mutant(
        "a sweep destroys however many",
        "shared/services/reconciling.py",
        "return max(1, min(figures.sweep_at_most, int(seen * figures.sweep_share)))",
        "return seen",
        "test_a_selection_that_was_seen_goes_no_faster_than_a_sweep_may",
    ),
    Mutant(
        "too much at once is destroyed unseen",
        "shared/services/reconciling.py",
        "return unseen if seen.awaited or len(unseen) > UNSEEN * most else frozenset()",
        "return frozenset()",
        "test_a_selection_of_everything_is_refused_until_an_administrator_goes_on",
    ),
    Mutant(
        "what the registry calls ended is not read again",
        "shared/services/reconciling.py",
        "vm_id in terminal and terminal[vm_id].state in TERMINAL",
        "vm_id in terminal",
        "test_a_fault_of_ours_that_takes_everything_for_ended_destroys_nothing",
    ),
    Mutant(
        "the switch stops a machine instead of deleting it",
        "shared/google/compute_resources.py",
        '"instance_termination_action": "DELETE"',
        '"instance_termination_action": "STOP"',
        "test_with_the_whole_platform_down_the_switch_kills",
        "tests/faults/test_outages.py",
    ),
    Mutant(
        "a machine is charged up to when it was found gone",
        "shared/services/provisioning/runs.py",
        "return vm.ended_at if went is None else",
        "return vm.ended_at if True else",
        "test_who_slept_for_an_hour_charges_nothing_of_it",
        "tests/integration/test_ended_unseen.py",
    ),
    Mutant(
        "a resize cuts the bill before it is known what ran",
        "shared/services/provisioning/power.py",
        "    note_runs(turn, instance)\n    after = changing.made(",
        "    after = changing.made(",
        "test_a_resize_of_a_machine_that_had_gone_off_unseen_charges_no_hour_that_it_was_off",
        "tests/integration/test_ended_unseen.py",
    ),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        copy.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
            else:
                shutil.copy(source, copy / name)
        survivors = [mutant.name for mutant in MUTANTS if not _killed(copy, mutant)]
    print(f"{len(MUTANTS) - len(survivors)} of {len(MUTANTS)} mutants were killed")
    return 1 if survivors else 0


def _killed(copy: Path, mutant: Mutant) -> bool:
    """Whether the named test fails with the mutation, and it alone is to blame: it passes without."""
    path = copy / mutant.file
    whole = path.read_text()
    if whole.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: {mutant.file} has changed; say anew what is to be taken out")
    path.write_text(whole.replace(mutant.old, mutant.new))
    try:
        failed = not _passes(copy, mutant)
    finally:
        path.write_text(whole)
    killed = failed and _passes(copy, mutant)
    print(f"{'killed' if killed else 'SURVIVED'}: {mutant.name} ({mutant.suite}::{mutant.test})", flush=True)
    return killed


def _passes(copy: Path, mutant: Mutant) -> bool:
    """pytest's 0 is passed and 1 failed; anything else is no answer."""
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-x", "-p", "no:cacheprovider"]
    ended = subprocess.run([*command, f"{mutant.suite}::{mutant.test}"], cwd=copy, capture_output=True, text=True)
    if ended.returncode not in (0, 1):
        raise SystemExit(f"{mutant.name}: {ended.stdout}{ended.stderr}")
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
