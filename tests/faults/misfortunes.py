"""What can happen to one call of a port, made to fail or made at a bad moment."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, TimeoutError

from shared.domain.errors import CloudError, Refusal, Scope
from shared.domain.notices import Undelivered
from tests.integration.instead import DOWN
from tests.integration.mortal import Killed, Workers
from tests.integration.world import WHO, World


@dataclass(frozen=True)
class Call:
    """One call of a port, about to be made for a VM (None: a sweep's)."""

    here: World
    vm_id: str | None
    port: str
    given: tuple[Any, ...]
    work: Callable[[], Any]


How = Callable[[Call], Any]


def answered(**arm: Any) -> How:
    """The emulated API answers the call so, and each of the client's own repetitions of it."""
    fault: Mapping[str, Any] = {"method": "*", "times": None, **arm}

    def how(call: Call) -> Any:
        url = f"{call.here.secrets_url if call.port == 'Secrets' else call.here.compute_url}/_faults"
        call.here.http.post(url, json=dict(fault)).raise_for_status()
        try:
            return call.work()
        finally:
            call.here.http.delete(url).raise_for_status()

    return how


def first(act: Callable[[Call], object]) -> How:
    """Something happens right before the call."""

    def how(call: Call) -> Any:
        act(call)
        return call.work()

    return how


def down(call: Call) -> Any:
    raise DOWN


def die_before(call: Call) -> Any:
    raise Killed


def die_after(call: Call) -> Any:
    call.work()
    raise Killed


def answer_lost(call: Call) -> Any:
    """A channel took the message, and its answer never came."""
    call.work()
    raise DOWN


def lose_message(call: Call) -> None:
    """Taken and never delivered."""


def repeat_message(call: Call) -> None:
    """Delivered now, and delivered again at its time."""
    call.work()
    due = call.here.mail.due
    if due:
        newest = max(due, key=attrgetter("number"))
        for late in (0, 1, 45):
            at, number = newest.at + timedelta(seconds=late), newest.number + 1_000_000 + late
            heapq.heappush(due, newest._replace(at=at, number=number))


def delay_message(call: Call) -> None:
    """Delivered ten minutes late: after others that were sent later."""
    call.work()
    due = call.here.mail.due
    if due:
        newest = max(due, key=attrgetter("number"))
        due.remove(newest)
        heapq.heapify(due)
        heapq.heappush(due, newest._replace(at=newest.at + timedelta(minutes=10)))


def undelivered(call: Call) -> Any:
    raise Undelivered("no answer")


def poison(call: Call) -> None:
    """Nobody can serve it, and so Pub/Sub sets it aside."""
    Workers(call.here).provision("no-such-vm\x00'; --")
    call.here.outside.subscription.take(b"no-such-vm\x00'; --")


def taken_name(call: Call) -> None:
    """Somebody else's machine has that name in that zone."""
    machine = call.given[0]
    theirs = replace(machine, labels={"team": "another"}, metadata={}, network_tag="theirs")
    call.here.compute.insert(theirs, "6f1e9d3c-1f43-4d5e-8a55-0d8a1c2b3e4f")


def too_slow(call: Call) -> Any:
    """It took effect, and its answer came after our time-out."""
    call.work()
    raise CloudError("timed_out", "no answer from Google", Scope.TRANSIENT, unknown_outcome=True)


def forgotten_request(call: Call) -> Any:
    """The insert is carried out, its answer lost, and its requestId forgotten: sent again, it is a 409 about us."""
    call.work()
    call.here.http.post("/_forget").raise_for_status()
    raise CloudError("timed_out", "no answer from Google", Scope.TRANSIENT, unknown_outcome=True)


def gone_already(call: Call) -> None:
    """Whoever deletes it finds that somebody was faster."""
    zone, name = call.given[:2]
    call.here.http.post("/_vanish", json={"zone": zone, "name": name})


def another_worker(call: Call) -> None:
    """A message delivered twice, or a sweep at the same time: another worker on the same VM, in the middle of this."""
    if call.vm_id:
        Workers(call.here).provision(call.vm_id)


def another_reaper(call: Call) -> None:
    Workers(call.here).sweep()


def owner_extends(call: Call) -> None:
    _asked(call, lambda vm: call.here.owning.extend(WHO, vm.name, timedelta(minutes=20), vm.approved_total * 2, "x"))


def owner_deletes(call: Call) -> None:
    _asked(call, lambda vm: call.here.owning.delete(WHO, vm.name))


def _asked(call: Call, ask: Callable[[Any], object]) -> None:
    if call.vm_id:
        with suppress(Refusal):
            ask(call.here.vm(call.vm_id))


def cut_before_commit(call: Call) -> Any:
    """PostgreSQL goes away in the middle of the transaction: nothing of it is kept."""
    with _at_commit(call.here, lambda: _disconnect(call.here)):
        return call.work()


def cut_after_commit(call: Call) -> Any:
    """PostgreSQL goes away right after the commit: all of it is kept, and the caller is not told."""
    call.work()
    raise OperationalError("COMMIT", {}, ConnectionResetError("the server closed the connection"))


def no_connection(call: Call) -> Any:
    raise TimeoutError("the pool is exhausted")


@contextmanager
def _at_commit(here: World, act: Callable[[], None]) -> Iterator[None]:
    armed = [act]

    def on_commit(_: Any) -> None:
        if armed:
            armed.pop()()

    event.listen(here.engine, "commit", on_commit)
    try:
        yield
    finally:
        event.remove(here.engine, "commit", on_commit)


def _disconnect(here: World) -> None:
    """End every connection of the platform's, as a restart does; the observer is none of its."""
    with here.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND application_name <> 'observer'"
            )
        )
