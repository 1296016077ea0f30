"""REQUESTED and PROVISIONING: a place is reserved, one machine is made in it, and its packages are installed.

Place, instance name and requestId of an attempt are in the registry before its insert is sent. An attempt whose outcome
is unknown is asked again, the same insert with the same name and requestId, until Compute has said what became of it;
only then, and only once its place has been read back as empty, is the next place tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.errors import AlreadyExists, CloudError, Scope
from shared.domain.life import Outcome, Reason, Setup, State
from shared.domain.machine import LABEL_ID, Instance, OperationView, Order
from shared.domain.regions import RegionSetting
from shared.domain.vm import Attempt, Event, Verdict, Vm
from shared.services.provisioning import access, installing
from shared.services.provisioning.machine import firewall_rule, order
from shared.services.provisioning.placement import place
from shared.services.provisioning.turn import Turn, dying


def requested(turn: Turn) -> None:
    """REQUESTED → PROVISIONING with a place reserved, or DELETING: too late, or no room anywhere."""
    vm = turn.vm
    if vm.deadline_at is not None and vm.deadline_at <= turn.now:
        turn.apply(dying(vm, Reason.DEADLINE, "it was not placed in time"), "deadline")
        return
    short = turn.platform.short(vm)
    turn.reserve(lambda row, regions, now: _first_place(turn, row, regions, now, short))


def _first_place(
    turn: Turn, vm: Vm, regions: Sequence[RegionSetting], now: datetime, short: Mapping[str, str]
) -> tuple[Vm, Event]:
    """A place, and the engine that makes this VM and will end it, whatever is configured by then."""
    platform = turn.platform
    after, event = place(vm, regions, now, platform.figures, short)
    if after.state is State.PROVISIONING:
        state = platform.engine_named(platform.engine).state_location(vm.id)
        after = replace(after, engine=platform.engine, state_location=state)
    return after, event


def provisioning(turn: Turn) -> None:
    """One step towards a machine that is up, then towards one that is set up."""
    vm = turn.vm
    if vm.started_at is not None:
        installing.install(turn)
        return
    if vm.deadline_at is not None and vm.deadline_at <= turn.now:
        turn.apply(dying(vm, Reason.DEADLINE), "deadline")
        return
    attempt = vm.current
    if attempt is None:
        _clear_lost_place(turn)
    elif attempt.operation is None:
        _insert(turn, attempt)
    else:
        _look(turn, attempt)


def _insert(turn: Turn, attempt: Attempt) -> None:
    """What the machine needs before it is there, its secret and its firewall rule; then the insert, for the first time
    or again: the same name and requestId either way, and written down as sent before it is."""
    engine, vm = turn.engine, turn.vm
    try:
        wanted = _order(turn, attempt)
        if attempt.outcome is Outcome.PLANNED:
            engine.prepare(wanted, turn.request_id("firewall", attempt.number), turn.before_write)
    except CloudError as error:
        if error.scope not in (Scope.PROJECT, Scope.REQUEST, Scope.ATTEMPT):
            raise
        turn.apply(dying(vm, Reason.REFUSED, error.detail), "refused", error.code)
        return
    sent = replace(attempt, outcome=Outcome.SENT, sent_at=turn.now)
    turn.apply(vm.with_attempt(sent))
    try:
        operation = engine.create(wanted, sent, turn.before_write)
    except AlreadyExists:
        _adopt_or_rename(turn, sent)
    except CloudError as error:
        if error.scope in (Scope.RATE, Scope.TRANSIENT) and not error.unknown_outcome:
            raise
        if attempt.outcome is Outcome.SENT and not error.unknown_outcome:
            _refused_again(turn, attempt, error)
        else:
            _classify(turn, sent, error)
    else:
        detail = f"{attempt.instance_name} in {attempt.zone}"
        turn.apply(turn.vm.with_attempt(replace(sent, operation=operation)), "insert_sent", detail)


def _order(turn: Turn, attempt: Attempt) -> Order:
    platform = turn.platform
    public_key = access.login_key(turn)
    return order(platform.environment, turn.vm, attempt, public_key, platform.access_ranges, platform.figures)


def _look(turn: Turn, attempt: Attempt) -> None:
    """Ask how the insert stands. An operation that nobody knows any more, or that ended without a word about the
    machine, is judged by the instance itself."""
    view = turn.engine.outcome(turn.vm.id, attempt)
    error = view.error if view else None
    if view is not None and not view.done:
        turn.wait()
    elif view is None or error is None:
        instance = turn.platform.compute.instance(attempt.zone, attempt.instance_name)
        if instance is not None and _ours(turn.vm, instance):
            _arrived(turn, attempt, instance)
        else:
            _lose(turn, attempt, CloudError("not_there", "the machine is not there after its insert", Scope.ZONE))
    elif error.unknown_outcome or isinstance(error, AlreadyExists):
        _find_out(turn, attempt, view, error)
    else:
        _classify(turn, attempt, error)


def _find_out(turn: Turn, attempt: Attempt, view: OperationView, error: CloudError) -> None:
    """The operation is over, and may have made the machine. There and ours: the engine takes it up, and where it
    cannot, the machine serves all the same. Not there: only once nothing can come of the operation any more."""
    instance = turn.platform.compute.instance(attempt.zone, attempt.instance_name)
    if instance is None and error.unknown_outcome and not turn.settled(view.ended_at):
        turn.wait()
    elif instance is None:
        error.unknown_outcome = False
        _lose(turn, attempt, error)
    elif not _ours(turn.vm, instance):
        _lose(turn, attempt, AlreadyExists(f"{attempt.instance_name} in {attempt.zone} is somebody else's"))
    else:
        operation = turn.engine.adopt(_order(turn, attempt), attempt, turn.before_write)
        if operation is None:
            _arrived(turn, attempt, instance)
        else:
            noted = turn.vm.with_attempt(replace(attempt, operation=operation))
            turn.apply(replace(noted, looks=0), "adopting", f"{instance.name} in {instance.zone}: {error.code}")


def _arrived(turn: Turn, attempt: Attempt, instance: Instance) -> None:
    """The machine is there: up once it runs with its switch armed, which is when the lease begins."""
    vm = turn.vm
    if instance.status != "RUNNING" or instance.last_started_at is None or instance.termination_at is None:
        turn.wait()
        return
    rule = firewall_rule(turn.platform.environment, vm, turn.platform.access_ranges, turn.platform.figures)
    if turn.platform.compute.firewall(rule.name) is None:
        # Its insert was accepted and failed later: nobody could log in to the machine.
        turn.before_write()
        turn.platform.compute.open_firewall(rule, turn.request_id("firewall", attempt.number, vm.looks + 1))
        turn.wait()
        return
    started = instance.last_started_at
    up = replace(
        vm.with_attempt(replace(attempt, outcome=Outcome.UP)),
        instance_name=instance.name,
        instance_id=instance.id,
        external_ip=instance.external_ip,
        started_at=started,
        running_since=started,
        expires_at=started + vm.lease,
        switch_at=instance.termination_at,
        deadline_at=turn.now + turn.platform.figures.setup_deadline,
        setup=Setup.RUNNING,
        looks=0,
        failures=0,
    )
    turn.apply(up, "machine_up", f"{instance.name} in {instance.zone}")


def _refused_again(turn: Turn, before: Attempt, error: CloudError) -> None:
    """An insert is refused that was sent before without an answer: this one was never sent, for what it counts, and the
    one before may still come about. Until nothing can come of that one any more, it is asked again."""
    instance = turn.platform.compute.instance(before.zone, before.instance_name)
    if instance is not None and _ours(turn.vm, instance):
        _adopt(turn, before, instance)
    elif turn.settled(before.sent_at):
        _classify(turn, before, error)
    else:
        turn.wait(turn.vm.with_attempt(before))


def _adopt_or_rename(turn: Turn, attempt: Attempt) -> None:
    """409: a machine of that name is in that zone. Ours (an insert whose answer was lost): go on with it. Somebody
    else's: another name in the same place."""
    instance = turn.platform.compute.instance(attempt.zone, attempt.instance_name)
    if instance is None:
        turn.wait()
    elif _ours(turn.vm, instance):
        _adopt(turn, attempt, instance)
    else:
        _lose(turn, attempt, AlreadyExists(f"{attempt.instance_name} in {attempt.zone} is somebody else's"))


def _adopt(turn: Turn, attempt: Attempt, instance: Instance) -> None:
    if instance.status == "RUNNING":
        _arrived(turn, attempt, instance)
    else:
        turn.wait()


def _classify(turn: Turn, attempt: Attempt, error: CloudError) -> None:
    """What an insert's error means for the attempt, by how far it reaches."""
    if error.unknown_outcome:
        turn.wait(replace(turn.vm, failures=turn.vm.failures + 1), "insert_unanswered", error.code)
    elif error.scope in (Scope.PROJECT, Scope.REQUEST):
        lost = turn.vm.with_attempt(_refused(attempt, error))
        turn.apply(dying(lost, Reason.REFUSED, error.detail), "refused", error.code)
    else:
        _lose(turn, attempt, error)


def _lose(turn: Turn, attempt: Attempt, error: CloudError) -> None:
    verdict = Verdict(attempt.region, "lost", f"{error.code}: {error.detail}", attempt.zone)
    lost = turn.vm.with_attempt(_refused(attempt, error))
    lost = replace(lost, looks=0, placement=(*lost.placement, verdict))
    told = f"{attempt.zone}: {error.code}"
    if error.scope is Scope.RATE:
        turn.rest(lost, "place_lost", told, look=turn.next_minute())
    else:
        turn.apply(lost, "place_lost", told)


def _refused(attempt: Attempt, error: CloudError) -> Attempt:
    return replace(
        attempt,
        outcome=Outcome.LOST,
        error_scope=error.scope,
        error_code=error.code,
        error_detail=error.detail,
        zones_with_room=error.zones,
    )


def _clear_lost_place(turn: Turn) -> None:
    """Read the losing place back as empty, deleting what is ours there; then choose the next."""
    compute, vm = turn.platform.compute, turn.vm
    lost = next((a for a in vm.attempts if a.outcome is Outcome.LOST), None)
    if lost is None:
        short = turn.platform.short(vm)
        turn.reserve(lambda row, regions, now: place(row, regions, now, turn.platform.figures, short))
        return
    instance = compute.instance(lost.zone, lost.instance_name)
    if instance is not None and _ours(vm, instance):
        if instance.status != "STOPPING":
            turn.before_write()
            compute.delete(lost.zone, lost.instance_name, turn.request_id("clear", lost.number, vm.looks))
        turn.wait()
        return
    disk = compute.disk(lost.zone, lost.instance_name)
    if disk is not None and disk.labels.get(LABEL_ID) == vm.id:
        turn.before_write()
        compute.delete_disk(lost.zone, lost.instance_name)
        turn.wait()
        return
    turn.apply(replace(vm.with_attempt(replace(lost, outcome=Outcome.EMPTY)), looks=0))


def _ours(vm: Vm, instance: Instance) -> bool:
    return instance.labels.get(LABEL_ID) == vm.id
