"""The emulated Cloud Scheduler: one tick per period of the emulated clock, never two at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.scheduler.api import CloudScheduler
from local.scheduler.jobs import Job
from local.server import free_port, in_thread
from tests.targets import Target, eventually, serving

PARENT = "projects/demo/locations/us-west1"
SWEEP = f"{PARENT}/jobs/sweep"
# A period that real time cannot end during a test: the emulator's clock starts as the machine's.
PERIOD = 1_000_000.0


class Service:
    """A running emulator with one job, `sweep`."""

    def __init__(self, scheduler: CloudScheduler, url: str) -> None:
        self.scheduler, self.url = scheduler, url
        clock = scheduler.emulator.clock
        self.to_boundary = PERIOD - clock.time() % PERIOD

    def pass_boundaries(self, number: float) -> None:
        """Put the clock just behind the `number`-th multiple of the period from the start."""
        offset = self.to_boundary + (number - 1) * PERIOD + 1
        httpx.post(self.url + "/_clock", json={"offset": offset})

    def idle(self) -> None:
        assert httpx.post(self.url + "/_idle", timeout=30).json() == {"idle": True}

    def call(self, verb: str, job: str = SWEEP) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/{job}:{verb}")

    def shown(self) -> dict[str, Any]:
        return httpx.get(f"{self.url}/v1/{SWEEP}").json()

    def arm(self, **fault: Any) -> None:
        assert httpx.post(self.url + "/_faults", json=fault).status_code == 201


@contextmanager
def running(target: Target, folder: Path | None = None, **options: Any) -> Iterator[Service]:
    scheduler = CloudScheduler([Job(SWEEP, PERIOD, target.url, **options)], folder)
    with in_thread(scheduler.app()) as url:
        yield Service(scheduler, url)


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as target:
        yield target


@pytest.fixture
def service(target: Target) -> Iterator[Service]:
    with running(target) as service:
        yield service


def test_a_job_ticks_when_the_clock_passes_its_period_and_not_before(service: Service, target: Target) -> None:
    service.idle()
    assert target.received == []
    service.pass_boundaries(1)
    service.idle()
    assert len(target.received) == 1
    service.idle()
    assert len(target.received) == 1
    service.pass_boundaries(2)
    service.idle()
    assert len(target.received) == 2


def test_a_tick_looks_like_cloud_schedulers(target: Target) -> None:
    account = "scheduler@demo.iam.gserviceaccount.com"
    with running(target, account=account, audience="https://reaper") as service:
        service.pass_boundaries(1)
        service.idle()
    [received] = target.received
    assert (received.method, received.path, received.body) == ("POST", "/work", b"")
    assert received.headers["user-agent"] == "Google-Cloud-Scheduler"
    assert received.headers["x-cloudscheduler"] == "true"
    assert received.headers["x-cloudscheduler-jobname"] == "sweep"
    assert received.headers["x-cloudscheduler-scheduletime"].endswith("Z")
    assert (received.claims()["email"], received.claims()["aud"]) == (account, "https://reaper")


def test_moving_the_clock_over_many_periods_makes_one_tick(service: Service, target: Target) -> None:
    service.pass_boundaries(5000)
    service.idle()
    assert len(target.received) == 1
    service.pass_boundaries(5001)
    service.idle()
    assert len(target.received) == 2


def test_a_tick_that_comes_due_during_another_waits_for_its_end(service: Service, target: Target) -> None:
    target.gate.clear()
    service.pass_boundaries(1)
    assert eventually(lambda: len(target.received) == 1)
    service.pass_boundaries(100)
    assert service.call("run").status_code == 200
    assert len(target.received) == 1
    target.gate.set()
    service.idle()
    assert len(target.received) == 2


def test_a_paused_job_is_silent_and_catches_up_by_one(service: Service, target: Target) -> None:
    assert service.call("pause").json()["state"] == "PAUSED"
    assert service.call("pause").status_code == 400
    service.pass_boundaries(3)
    service.idle()
    assert target.received == []
    assert service.call("resume").json()["state"] == "ENABLED"
    service.idle()
    assert len(target.received) == 1


def test_a_job_can_be_run_by_hand_and_shows_how_it_went(service: Service, target: Target) -> None:
    assert "lastAttemptTime" not in service.shown()
    target.answers = [(500, {})]
    service.call("run")
    service.idle()
    assert service.shown()["status"] == {"code": 2, "message": "HTTP 500"}
    service.call("run")
    service.idle()
    assert service.shown()["status"] == {}
    assert len(target.received) == 2


def test_jobs_are_listed_and_unknown_ones_are_not_found(service: Service) -> None:
    listed = httpx.get(f"{service.url}/v1/{PARENT}/jobs").json()["jobs"]
    assert [job["name"] for job in listed] == [SWEEP]
    assert service.call("run", f"{PARENT}/jobs/absent").status_code == 404


def test_a_schedule_of_whole_minutes_is_written_as_cron() -> None:
    assert Job("j", 60, "http://t").shown()["schedule"] == "*/1 * * * *"
    assert Job("j", 30, "http://t").shown()["schedule"] == "every 30 seconds"


@pytest.mark.parametrize(("fault", "reached"), [({"drop": True}, 0), ({"status": 503}, 0), ({"duplicate": 1}, 2)])
def test_a_tick_can_be_lost_or_doubled_and_the_next_one_comes(
    service: Service, target: Target, fault: dict[str, Any], reached: int
) -> None:
    service.arm(method="tick", where={"job": "sweep"}, **fault)
    service.pass_boundaries(1)
    service.idle()
    assert len(target.received) == reached
    service.pass_boundaries(2)
    service.idle()
    assert len(target.received) == reached + 1


def test_a_pause_survives_a_restart(target: Target, tmp_path: Path) -> None:
    with running(target, tmp_path) as service:
        service.call("pause")
    with running(target, tmp_path) as service:
        assert service.shown()["state"] == "PAUSED"


def test_the_command_takes_its_jobs_from_its_options(target: Target) -> None:
    port = free_port()
    job = f"--job=sweep=60={target.url}?with=equals"
    process = subprocess.Popen([sys.executable, "-m", "local.scheduler", "--port", str(port), job])
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(url + "/_health").status_code == 200
        except httpx.TransportError:
            return False

    try:
        assert eventually(answers)
        httpx.post(f"{url}/v1/{SWEEP}:run")
        httpx.post(f"{url}/_idle", timeout=30)
    finally:
        process.terminate()
        process.wait(20)
    assert target.received[0].path == "/work?with=equals"
