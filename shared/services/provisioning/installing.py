"""Set-up: a machine that is up installs its packages, says so in guest attributes, and becomes RUNNING.

A package that fails gives RUNNING with `setup: failed` and the end of its log, never a deletion.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from shared.domain.life import Reason, Setup, State
from shared.domain.machine import GuestReport, Instance
from shared.domain.vm import Step, Vm
from shared.services.provisioning import access
from shared.services.provisioning.labelling import follow_end
from shared.services.provisioning.turn import Turn, dying

ENDED = (Setup.DONE, Setup.FAILED)
MOST_STEPS, LONGEST_LOG, LONGEST_DETAIL = 100, 4000, 500


def install(turn: Turn) -> None:
    """One look at how far the machine is; the deadline is judged by what it shows."""
    looked = turn.seen(lambda: _look(turn))
    if looked is None:
        _finish(turn, turn.vm.setup, turn.vm.setup_log)
        return
    instance, report = looked
    if instance is None:
        turn.apply(dying(turn.vm, Reason.PREEMPTED if turn.vm.spec.spot else Reason.VANISHED), "vanished")
        return
    if instance.status == "TERMINATED":
        _finish(turn, Setup.FAILED, "the machine was shut down before its set-up was seen to be finished")
        return
    seen = _with_report(turn.vm, report)
    if seen != turn.vm:
        turn.apply(replace(seen, looks=0), "setup_step", _latest(seen))
    if turn.late or (turn.vm.setup in ENDED and not access.password_awaited(turn)):
        _finish(turn, turn.vm.setup, turn.vm.setup_log)
        return
    follow_end(turn, instance)  # last: where it fails, it keeps no machine from being found ready
    turn.wait()


def _look(turn: Turn) -> tuple[Instance | None, GuestReport]:
    """The machine, and what its guest has published."""
    vm, compute = turn.vm, turn.platform.compute
    assert vm.zone is not None
    assert vm.instance_name is not None
    instance = compute.instance(vm.zone, vm.instance_name)
    there = instance is not None and instance.status != "TERMINATED"
    return instance, compute.guest_report(vm.zone, vm.instance_name) if there else GuestReport({})


def _finish(turn: Turn, setup: Setup, log: str | None) -> None:
    """It runs, and the set-up is what it is known to be: one that has not ended is over all the same."""
    if setup not in ENDED:
        setup, log = Setup.FAILED, log or "the set-up was not finished in time"
    up = replace(turn.vm, state=State.RUNNING, setup=setup, setup_log=log, deadline_at=None, looks=0, failures=0)
    turn.apply(up, "running", f"set-up {setup.value}")


def _with_report(vm: Vm, report: GuestReport) -> Vm:
    """The row with what the guest has published: `step-NN` as JSON, `setup`, `log` (see services.provisioning.startup).

    Whoever is root on the machine can publish anything, so what is not as our script writes it is passed over.
    """
    told_steps = (value for key, value in sorted(report.setup.items()) if key.startswith("step-"))
    steps = tuple(step for step in map(_step, islice(told_steps, MOST_STEPS)) if step is not None)
    told = report.setup.get("setup")
    return replace(
        vm,
        steps=steps or vm.steps,
        host_keys={_clean(kind, 80): _clean(key, 1000) for kind, key in report.host_keys.items()} or vm.host_keys,
        setup=Setup(told) if told in ENDED else vm.setup,
        setup_log=_clean(report.setup.get("log", ""), LONGEST_LOG) or vm.setup_log,
    )


def _step(value: str) -> Step | None:
    try:
        told = json.loads(value)
        at = datetime.fromisoformat(told["at"]).astimezone(UTC)
        return Step(
            _clean(told["name"], 80), _clean(told["state"], 20), at, _clean(told.get("detail", ""), LONGEST_DETAIL)
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None


def _clean(told: object, longest: int) -> str:
    """The end of a guest's text, without what a database or a terminal chokes on."""
    shown = (letter for letter in str(told)[-longest:] if letter.isprintable() or letter in "\n\t")
    return "".join(shown).encode(errors="ignore").decode()


def _latest(vm: Vm) -> str:
    return f"{vm.steps[-1].step}: {vm.steps[-1].state}" if vm.steps else ""
