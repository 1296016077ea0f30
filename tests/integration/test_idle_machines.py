"""Machines that nobody uses, over the emulated Cloud Monitoring: measured, warned of, stopped, or left alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shared.db.models import OutboxRow, table
from shared.domain.errors import CloudError, Invalid, NotFound
from shared.domain.life import Reason, State, Wanted
from shared.domain.seals import Head
from shared.domain.spec import Gpu
from shared.domain.vm import Actor, Event
from shared.services import notice_texts
from shared.services.idling import REAPER
from shared.services.owning import Who
from shared.services.requesting import Approval
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.test_notices import Post, endpoint, post, send  # noqa: F401
from tests.integration.watched import LONG, Watched, watched  # noqa: F401
from tests.integration.world import DJANGO, OWNER, WHO

IDLE = {"cpu": 0.01, "network": 500}
BUSY = {"cpu": 0.4, "network": 50_000}


def notices(all_of: Watched, vm_id: str) -> list[dict[str, Any]]:
    outbox = table(OutboxRow)
    query = select(outbox.c.body).where(outbox.c.vm_id == vm_id, outbox.c.kind == "mail").order_by(outbox.c.id)
    with all_of.here.engine.begin() as connection:
        return list(connection.execute(query).scalars())


def test_an_idle_machine_is_warned_of_and_then_stopped_as_by_a_person(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(70)
    assert watched.warned(vm_id) is None, "an hour after the first quarter is not over"
    watched.passes(20)
    stops_at = watched.warned(vm_id)
    assert stops_at is not None
    assert not watched.stopping(vm_id)
    watched.passes(30)
    vm = watched.stopped(vm_id)
    assert vm.reason is Reason.IDLE
    assert vm.reserved_vcpus is None
    events = watched.here.events(vm_id)
    assert [each for each in events if "idle" in each] == ["idle", "idle_stop_requested"]
    assert events[-1] == "stopped"
    told = notices(watched, vm_id)
    assert [each["notice"] for each in told] == ["idle", "idle_stopped"]
    running = sum((rate.hourly for rate in vm.rates if rate.running), Decimal(0))
    assert Decimal(str(told[0]["saving_hourly"])) == round(running, 4)
    subject, words = notice_texts.mail(told[1], watched.here.now(), None, "https://vm.example.com")
    assert subject == "django-001 is stopped: it was idle"
    assert "Start it again: https://vm.example.com/vms/django-001" in words
    hook = notice_texts.document(told[1], "https://vm.example.com")
    assert (hook["type"], hook["data"]["idle_for"]) == ("vm.idle_stopped", "1h")


def test_the_warning_comes_by_mail_unless_it_was_kept_running_meanwhile(
    watched: Watched,  # noqa: F811
    post: Post,  # noqa: F811
    send: Callable[[], int],  # noqa: F811
) -> None:
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    send()
    (mail,) = post.messages()
    assert mail["subject"] == "django-001 is idle, and stopped in 30m"
    assert "0.072 USD an hour less" in mail["text"]
    assert "Keep it running: https://vm.example.com/vms/django-001" in mail["text"]
    watched.stops.choose(WHO, "django-001", timedelta(hours=1))
    watched.passes(100)
    assert watched.warned(vm_id) is not None
    watched.stops.choose(WHO, "django-001", None)
    send()
    assert len(post.messages()) == 1, "what is no longer true is not said"


def test_a_database_in_doubt_stops_nothing_that_is_idle(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    hold = watched.here.holds.raise_(None, Head(1, "0" * 64))
    watched.passes(40)
    assert not watched.stopping(vm_id)
    watched.here.holds.lift(hold, None, Actor("admin", OWNER), "seen", [])
    watched.passes(15)
    assert watched.stopping(vm_id)


def test_a_start_is_judged_anew(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    watched.passes(30)
    watched.stopped(vm_id)
    watched.here.owning.start(WHO, watched.here.vm(vm_id).name, "start")
    watched.here.deliver()
    watched.passes(70)
    vm = watched.here.vm(vm_id)
    assert (vm.state, vm.reason, watched.warned(vm_id)) == (State.RUNNING, None, None)
    watched.passes(40)
    assert watched.warned(vm_id) is not None
    assert watched.here.events(vm_id).count("idle_stop_requested") == 1


def test_use_after_the_warning_takes_it_back(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    assert watched.warned(vm_id) is not None
    watched.use(**BUSY)
    watched.passes(20)
    assert watched.warned(vm_id) is None
    assert watched.here.events(vm_id)[-1] == "in_use_again"
    watched.passes(60)
    assert not watched.stopping(vm_id)
    watched.use(**IDLE)
    watched.passes(120)
    assert watched.here.events(vm_id).count("idle") == 2


def test_who_keeps_it_running_is_not_asked_again_before_another_idle_while(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    name = watched.here.vm(vm_id).name
    shown = watched.stops.choose(WHO, name, timedelta(hours=1))
    assert (shown["idle_stop"], shown["stops_at"]) == ("1h", None)
    watched.passes(60)
    assert watched.warned(vm_id) is None
    watched.passes(30)
    assert watched.warned(vm_id) is not None
    watched.stops.choose(WHO, name, None)
    watched.passes(60)
    assert not watched.stopping(vm_id)


def test_a_machine_in_use_is_left_alone(watched: Watched) -> None:  # noqa: F811
    vm_ids = [watched.machine(idle_stop="30m") for _ in range(3)]
    for vm_id, use in zip(vm_ids, (BUSY, {**IDLE, "network": 5000}, {**IDLE, "cpu": 0.06}), strict=True):
        watched.use(instance=watched.here.vm(vm_id).instance_name, **use)
    watched.passes(120)
    assert [watched.warned(vm_id) for vm_id in vm_ids] == [None] * 3


def test_nothing_follows_where_nobody_asked_for_it(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine(idle_stop="off")
    watched.passes(120)
    assert watched.warned(vm_id) is None
    assert watched.of(vm_id)["use"]["measured"] != "0m", "though it is measured"


def test_no_stop_follows_from_what_is_old_or_missing(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    assert watched.warned(vm_id) is not None
    watched.fault(status=403, times=None)
    watched.here.move(3600)
    with pytest.raises(CloudError):
        watched.look()
    assert not watched.stopping(vm_id)
    watched.monitoring.delete("/_faults")
    watched.passes(10)
    assert watched.stopping(vm_id), "what was idle all the while is stopped once that is known"


def test_without_any_data_nothing_follows(watched: Watched) -> None:  # noqa: F811
    vm_id = watched.machine()
    watched.idling.metrics = type("Nothing", (), {"use": lambda *_: {}})()
    watched.passes(150)
    assert watched.of(vm_id)["use"] is None
    assert watched.warned(vm_id) is None


def test_a_failing_look_stops_nothing_else_of_the_sweep_and_is_tried_again_later(watched: Watched) -> None:  # noqa: F811
    watched.machine()
    watched.here.move(600)
    watched.fault(status=403, reason="PERMISSION_DENIED")
    done = watched.here.sweep({"use": watched.idling.look})
    assert isinstance(done["use"], str), "the error's code"
    assert done["forgotten"] == 0, "the parts after it"
    assert watched.look() == 0, "not every minute"
    watched.here.move(600)
    assert watched.look() == 1


def test_of_sweeps_at_once_one_looks(watched: Watched) -> None:  # noqa: F811
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: watched.uses.due(timedelta(minutes=10)), range(4))) == 1


def test_a_lost_answer_is_asked_for_again(watched: Watched) -> None:  # noqa: F811
    watched.machine()
    watched.here.move(1200)
    watched.fault(lose_response=True)
    assert watched.look() == 1


def test_no_machine_is_stopped_while_something_is_in_flight(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    here = watched.here
    worker = here.registry.claim(vm_id, "worker", timedelta(hours=1))
    assert worker is not None
    watched.passes(40)
    assert not watched.stopping(vm_id)
    here.registry.release(vm_id, "worker")
    watched.passes(10)
    assert watched.stopping(vm_id)


def test_one_who_was_in_between_makes_the_stop_void(watched: Watched) -> None:  # noqa: F811
    watched.use(**IDLE)
    vm_id = watched.machine()
    watched.passes(100)
    here = watched.here
    before = here.vm(vm_id)
    here.owning.extend(WHO, before.name, timedelta(hours=1), Decimal(1000), "longer")
    stopping = replace(before, wanted=Wanted.STOPPED)
    assert watched.uses.stop(before, stopping, Event("idle_stop_requested", REAPER), {}) is None
    assert here.vm(vm_id).wanted is Wanted.RUNNING
    assert watched.warned(vm_id) is not None, "nor is anything else of it written"


def test_a_look_is_one_list_a_metric_however_many_machines(watched: Watched) -> None:  # noqa: F811
    for _ in range(3):
        watched.machine()
    watched.here.move(1800)
    watched.fault(times=None, delay=0.0)
    assert watched.look() == 3
    (fault,) = watched.monitoring.get("/_faults").json()
    assert fault["taken"] == 5


def test_a_machine_whose_use_is_not_all_measured_cannot_be_chosen_for(watched: Watched) -> None:  # noqa: F811
    gpu = LONG.model_copy(update={"machine_type": "n1-standard-4", "gpu": Gpu(type="nvidia-tesla-t4", count=1)})
    watched.use(**IDLE)
    vm_id = watched.machine(gpu)
    watched.passes(100)
    assert watched.warned(vm_id) is None
    with pytest.raises(Invalid) as refused:
        watched.stops.choose(WHO, watched.here.vm(vm_id).name, timedelta(hours=1))
    assert refused.value.code == "idle_unmeasured"
    wished = Approval(OWNER, "203.0.113.7", gpu, Decimal(1000), "suggestion", idle_stop="1h")
    with pytest.raises(Invalid) as refused:
        watched.here.requesting.approve(wished, "gpu")
    assert refused.value.code == "idle_unmeasured"


def test_what_was_measured_is_forgotten_with_the_machine(watched: Watched) -> None:  # noqa: F811
    vm_id = watched.machine(DJANGO)
    watched.passes(30)
    assert watched.uses.measured(vm_id) is not None
    watched.here.sweep()
    assert watched.uses.measured(vm_id) is not None
    watched.here.to_end(vm_id)
    watched.here.sweep()
    assert (watched.uses.measured(vm_id), watched.uses.chosen(vm_id)) == (None, None)


def test_other_peoples_machines_are_not_there(watched: Watched) -> None:  # noqa: F811
    vm_id = watched.machine()
    with pytest.raises(NotFound):
        watched.stops.choose(Who("other", False, "203.0.113.9"), watched.here.vm(vm_id).name, None)
