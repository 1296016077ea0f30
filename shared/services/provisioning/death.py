"""DELETING: everything of the VM's is deleted, and deleted again, until the cloud confirms that none of it is there.

The ways in are closed first. The engine that made the machine then has a while to destroy it from what it keeps about
it; what it did not know, or did not manage, is deleted by name and by label.

Absence is success. It counts at once where what became of every insert is known; where one insert's outcome is
unknown, only when read again at least two minutes after it was last sent; where none was sent yet, but what has to be
there before it may have been, two minutes after the first pass. Never gives up; loud after a while.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Outcome, State
from shared.domain.machine import LABEL_ID, Disk, Instance
from shared.domain.vm import Attempt, Event, Operation
from shared.services.provisioning.machine import firewall_name, order, secret_name
from shared.services.provisioning.receipts import receipt
from shared.services.provisioning.runs import found_gone, gone_since, note_last_runs
from shared.services.provisioning.turn import PLATFORM, Turn

log = logging.getLogger(__name__)

# A machine that is STOPPING is mostly on its way out already; but it may be a stop that takes long, so every fourth
# look asks for its deletion all the same.
STOPPING_ASKED = 4

Part = Callable[[Turn], Iterable[str]]
Touch = Callable[[Turn, Instance | Disk], str]


def deleting(turn: Turn) -> None:
    """One pass over all that the VM may have; the receipt once a whole pass has found nothing.

    The ways in are closed first, then the engine is told, then what is known by name goes, then what its label finds:
    one that cannot be had or deleted keeps no other alive.
    """
    if turn.vm.deadline_at is None:
        turn.apply(replace(turn.vm, deadline_at=turn.now + turn.platform.figures.loud_after))
    problems: list[CloudError] = []
    left = _done(turn, problems, _close_rule, _delete_secret)
    patient_until = _left_to_engine(turn)
    touch = _see if patient_until else _delete
    left |= {f"state {turn.vm.state_location}"} if patient_until else set()
    before = len(problems)
    own, *others = _finds(turn, touch)
    at_home = _done(turn, problems, own)
    seen = len(problems) == before  # whether the machine's own place has answered
    first = turn.vm.failures % len(others)
    left |= at_home | _done(turn, problems, *others[first:], *others[:first])
    its = at_home if any(each.outcome is Outcome.UP for each in turn.vm.attempts) else left
    if seen and not _machines_of(its) and turn.vm.ended_at is None:
        turn.apply(replace(turn.vm, ended_at=found_gone(turn), external_ip=None))
    if len(problems) == before and not _machines_of(left):
        left |= _done(turn, problems, _give_back)
    if problems:
        _warn_if_late(turn, left)
        raise problems[0]
    if left or not _all_settled(turn):
        _warn_if_late(turn, left)
        turn.wait(by=patient_until)
    else:
        _finish(turn)


def _machines_of(left: Iterable[str]) -> list[str]:
    return [each for each in left if each.startswith("instance")]


def _give_back(turn: Turn) -> Iterator[str]:
    """Its vCPUs and its address, once no machine is there and none can come: no secret that will not go holds them."""
    if turn.vm.reserved_region is not None and all(_settled(turn, attempt) for attempt in turn.vm.attempts):
        turn.apply(replace(turn.vm, reserved_region=None, reserved_vcpus=None))
    yield from ()


def _done(turn: Turn, problems: list[CloudError], *parts: Part) -> set[str]:
    """What the parts have found to be there still. One that fails keeps none of the others from being done; were all to
    hang, the claim is not enough for them, and the next pass begins with others."""
    left: set[str] = set()
    for part in parts:
        if turn.spent:
            problems.append(
                CloudError("slow", "the cloud answers too slowly for all of it to be read", Scope.TRANSIENT)
            )
            break
        try:
            left.update(part(turn))
        except CloudError as error:
            problems.append(error)
    return left


def _finish(turn: Turn) -> None:
    vm = turn.vm
    ended = replace(vm, ended_at=gone_since(turn))
    after = replace(
        ended,
        state=State.DELETED if vm.started_at is not None else State.FAILED,
        deleted_at=turn.now,
        deadline_at=None,
        reserved_region=None,
        reserved_vcpus=None,
        running_since=None,
        operation=None,
        claimed_by=None,
        claimed_until=None,
    )
    document = receipt(ended, after.state, turn.platform.environment, turn.now)
    event = Event(after.state.value.lower(), PLATFORM, vm.reason_detail or "")
    done = turn.platform.registry.finish(vm, after, event, document)
    turn.finished(done)


def _warn_if_late(turn: Turn, left: Iterable[str]) -> None:
    vm = turn.vm
    if vm.deadline_at is not None and vm.deadline_at <= turn.now:
        log.error("a VM will not die", extra={"vm": vm.id, "vm_name": vm.name, "left": sorted(left)})


def _close_rule(turn: Turn) -> Iterator[str]:
    platform = turn.platform
    rule = firewall_name(platform.environment, turn.vm.id)
    if platform.compute.firewall(rule) is not None:
        turn.before_write()
        platform.compute.close_firewall(rule, turn.request_id("close", rule, turn.vm.looks))
        yield f"firewall rule {rule}"


def _delete_secret(turn: Turn) -> Iterator[str]:
    platform = turn.platform
    secret = secret_name(platform.environment, turn.vm.id)
    if platform.secrets.exists(secret):
        turn.before_write()
        platform.secrets.delete(secret)
        yield f"secret {secret}"


def _left_to_engine(turn: Turn) -> datetime | None:
    """Until when the engine is left to it, and so nothing is deleted singly yet; None if it is not. It has a while,
    and one try: a machine past its end does not wait for a build that does not come."""
    vm, figures = turn.vm, turn.platform.figures
    made = [attempt for attempt in vm.attempts if attempt.sent_at is not None and attempt.outcome is not Outcome.EMPTY]
    over = vm.operation is not None and vm.operation.given_up_at is not None
    if not made or over or turn.engine.state_location(vm.id) is None:
        return None
    until = _began(turn) + figures.destroy_patience
    if turn.now >= until:
        _take_over(turn, "destroy_late", "it was not done in time")
        return None
    try:
        return until if _destroy(turn, made[-1]) else None
    except CloudError as error:
        log.warning("the engine cannot be had", extra={"vm": vm.id, "code": error.code})
        return until


def _began(turn: Turn) -> datetime:
    """When the first pass was made. Nothing that makes anything has been sent since: whoever did was fenced off."""
    assert turn.vm.deadline_at is not None
    return turn.vm.deadline_at - turn.platform.figures.loud_after


def _destroy(turn: Turn, attempt: Attempt) -> bool:
    """Begin the engine's destruction, or see how it stands. Whether it is still under way."""
    vm, platform = turn.vm, turn.platform
    request_id = turn.request_id("destroy")
    if vm.operation is None:
        wanted = order(platform.environment, vm, attempt, "", platform.access_ranges, platform.figures)
        name = turn.engine.destroy(wanted, request_id, turn.before_write)
        if name is None:
            return False
        begun = replace(vm, operation=Operation("destroy", request_id, name), looks=0)
        turn.apply(begun, "destroy_sent", vm.state_location or "")
        return True
    view = turn.engine.destroyed(vm.operation.name or "")
    if view is not None and not view.done:
        return True
    if view is None or view.error is not None:
        _take_over(turn, "destroy_failed", view.error.detail if view and view.error else "nobody knows of it any more")
    else:
        turn.apply(replace(vm, operation=replace(vm.operation, given_up_at=turn.now), looks=0), "destroyed")
    return False


def _take_over(turn: Turn, kind: str, why: str) -> None:
    """The engine is left to it no longer: from here on everything is deleted by name and by label."""
    operation = turn.vm.operation or Operation("destroy", turn.request_id("destroy"))
    turn.apply(replace(turn.vm, operation=replace(operation, given_up_at=turn.now), looks=0), kind, why)


def _finds(turn: Turn, touch: Touch) -> list[Part]:
    """Every way to find a machine or a disk, each by itself: a zone that does not answer keeps nothing alive in
    another, nor a list with gaps what is known by name. The machine's own place is the first."""
    compute = turn.platform.compute
    tried = [attempt for attempt in reversed(turn.vm.attempts) if attempt.sent_at is not None]
    finders = (compute.instance, compute.disk)
    named = [partial(_named, find=find, attempt=attempt, touch=touch) for find in finders for attempt in tried]
    labelled = [partial(_labelled, find=find, touch=touch) for find in (compute.instances, compute.disks)]
    return [*named, *labelled]


def _named(
    turn: Turn, find: Callable[[str, str], Instance | Disk | None], attempt: Attempt, touch: Touch
) -> Iterator[str]:
    """What stands where an attempt was made and carries our id: a name is read at once, a label late. The machine that
    served is ours by the id that Compute gave it, too: somebody may have taken its labels away."""
    found = find(attempt.zone, attempt.instance_name)
    if found is not None and (found.labels.get(LABEL_ID) == turn.vm.id or found.id == turn.vm.instance_id):
        yield touch(turn, found)


def _labelled(turn: Turn, find: Callable[[str], Sequence[Instance | Disk]], touch: Touch) -> Iterator[str]:
    """Whatever else carries our id, in any zone."""
    for found in find(turn.vm.id):
        yield touch(turn, found)


def _see(turn: Turn, found: Instance | Disk) -> str:
    if isinstance(found, Disk):
        return f"disk {found.name}"
    note_last_runs(turn, found)
    return f"instance {found.name}"


def _delete(turn: Turn, found: Instance | Disk) -> str:
    told = _see(turn, found)
    compute = turn.platform.compute
    if isinstance(found, Disk):
        if not found.in_use:
            turn.before_write()
            compute.delete_disk(found.zone, found.name)
    elif found.status != "STOPPING" or turn.vm.looks % STOPPING_ASKED == STOPPING_ASKED - 1:
        turn.before_write()
        compute.delete(found.zone, found.name, turn.request_id("delete", found.zone, found.name, turn.vm.looks))
    return told


def _all_settled(turn: Turn) -> bool:
    """Whether nothing can come of any attempt any more. What is still at work for one is ended, where that can be."""
    if all(_settled(turn, attempt) for attempt in turn.vm.attempts):
        return True
    turn.before_write()
    turn.engine.cancel(turn.vm.id)
    return False


def _settled(turn: Turn, attempt: Attempt) -> bool:
    if attempt.outcome is Outcome.PLANNED:
        return turn.settled(_began(turn))  # the answer about its secret or its firewall rule may have been lost
    if attempt.outcome is not Outcome.SENT or attempt.sent_at is None:
        return True
    view = turn.engine.outcome(turn.vm.id, attempt)
    if view is None:
        return turn.settled(attempt.sent_at)
    unknown = view.error is not None and view.error.unknown_outcome
    return view.done and (not unknown or turn.settled(view.ended_at))
