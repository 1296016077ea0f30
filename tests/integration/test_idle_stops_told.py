"""Of a stop for idleness its owner hears once it has come about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from shared.domain.life import Reason, State
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.test_idle_machines import IDLE
from tests.integration.test_notices import Post, endpoint, post, send  # noqa: F401
from tests.integration.watched import Watched, watched  # noqa: F401


def stops_told(post: Post) -> list[str]:  # noqa: F811
    return [mail["subject"] for mail in post.messages() if "is stopped" in mail["subject"]]


def test_a_stop_is_told_once_it_has_come_about_and_never_if_it_does_not(
    watched: Watched,  # noqa: F811
    post: Post,  # noqa: F811
    send: Callable[[], int],  # noqa: F811
) -> None:
    watched.use(**IDLE)
    refused, stopped = watched.machine(), watched.machine()
    watched.passes(90)
    watched.here.fault(method="instances.stop", status=400, reason="invalid", message="no")
    watched.passes(30)
    send()
    assert stops_told(post) == [], "not yet"
    watched.here.deliver()
    states = {watched.here.vm(vm_id).state: watched.here.vm(vm_id).name for vm_id in (refused, stopped)}
    assert states.keys() == {State.RUNNING, State.STOPPED}
    watched.here.move(61)
    send()
    assert stops_told(post) == [f"{states[State.STOPPED]} is stopped: it was idle"]


def test_a_stop_that_was_given_up_and_comes_late_is_told_then(
    watched: Watched,  # noqa: F811
    post: Post,  # noqa: F811
    send: Callable[[], int],  # noqa: F811
) -> None:
    watched.use(**IDLE)
    vm_id = watched.machine()
    here = watched.here
    watched.passes(90)
    here.fault(method="instances.stop", delay=1500.0)
    watched.passes(30)
    here.deliver(until=here.now() + timedelta(minutes=12))
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.RUNNING, Reason.STOP_FAILED)
    send()
    here.deliver(until=here.now() + timedelta(minutes=20))
    assert here.vm(vm_id).state is State.STOPPED
    assert stops_told(post) == []
    here.move(61)
    send()
    assert stops_told(post) == ["django-001 is stopped: it was idle"]
