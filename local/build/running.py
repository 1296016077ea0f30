"""A build's course: queued, at work, and at one of its ends."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from local.build.buckets import Buckets, Unreachable
from local.build.builds import ENDED, span
from local.build.programs import Programs
from local.build.request import Json
from local.build.steps import Failed, Steps
from local.rest import rfc3339, seconds
from local.server import Emulator

log = logging.getLogger(__name__)
AT_ONCE = 4  # builds; the others wait in their queue
_LOG_EVERY = 2.0  # seconds of real time between two writings of a log that grows
_FRAME = {"TIMEOUT": "context deadline exceeded", "CANCELLED": "context canceled"}


class Course:
    """One build at work. `address` is where it reaches this emulator, `token` its access token there; `status` is how
    it is to end, once somebody has ended it."""

    def __init__(self, build: Json, address: str) -> None:
        self.build = build
        self.address = address
        self.token = secrets.token_urlsafe(16)
        self.log = bytearray()
        self.steps: Steps | None = None
        self.ending = asyncio.Event()
        self.status = ""
        self.task: asyncio.Task[None] | None = None

    def end(self, status: str) -> None:
        """Ask it to end so, whatever it is doing."""
        self.status = self.status or status
        self.ending.set()

    def say(self, text: bytes) -> None:
        self.log += text


class Runner:
    """Takes builds through their courses."""

    def __init__(self, emulator: Emulator, storage: str, terraform: str | None) -> None:
        self._emulator = emulator
        self._storage = storage
        self._terraform = terraform
        self._scratch = (emulator.folder / "builds").resolve() if emulator.folder else None
        self._room = asyncio.Semaphore(AT_ONCE)
        self.courses: dict[str, Course] = {}
        self.client = httpx.AsyncClient(timeout=None, verify=False)

    async def run(self) -> None:
        """As long as the emulator does; then every process is ended, and no build is told that it is."""
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)  # what an emulator that was killed has left
            self._scratch.mkdir(parents=True, exist_ok=True)
        try:
            await asyncio.Event().wait()
        finally:
            tasks = [course.task for course in self.courses.values() if course.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.aclose()

    def begin(self, build: Json, address: str) -> None:
        course = self.courses[build["name"]] = Course(build, address)
        course.task = asyncio.create_task(self._run(course))

    def by_token(self, token: str) -> Course | None:
        return next((each for each in self.courses.values() if each.token == token), None)

    async def settled(self, longest: float) -> bool:
        """Wait until no build is at work; False if that takes longer (seconds of real time)."""
        tasks = [course.task for course in self.courses.values() if course.task]
        return not tasks or not (await asyncio.wait(tasks, timeout=longest))[1]

    async def _run(self, course: Course) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="build-", dir=self._scratch))
        try:
            status = await self._queued(course) or await self._worked(course, scratch)
            await self._write_log(course)
            self._finish(course, status)
            log.info("%s %s\n%s", course.build["id"], status, course.log.decode(errors="replace"))
        except Exception:
            self._finish(course, "INTERNAL_ERROR")
            raise
        finally:
            del self.courses[course.build["name"]]
            shutil.rmtree(scratch, ignore_errors=True)

    async def _queued(self, course: Course) -> str:
        """Wait for room; the status to end with if there comes none, or the build is cancelled meanwhile."""
        build, clock = course.build, self._emulator.clock
        fault = self._emulator.faults.take("builds.start", build=build["id"], tag=",".join(build.get("tags", [])))
        begun = clock.time()
        room = asyncio.create_task(self._room.acquire())
        ending = asyncio.create_task(course.ending.wait())
        late = asyncio.create_task(clock.sleep_until(begun + seconds(build["queueTtl"])))
        if fault and fault.delay:
            await self._first(asyncio.create_task(clock.sleep_until(begun + fault.delay)), ending)
        done = await self._first(room, ending, late)
        for task in (room, ending, late):
            task.cancel()
        if ending in done or late in done:
            if room.done():
                self._room.release()
            return course.status or "EXPIRED"
        build |= {"status": "WORKING", "startTime": rfc3339(clock.time())}
        self._emulator.changed.set()
        return ""

    async def _worked(self, course: Course, scratch: Path) -> str:
        """Do the steps within the time-out; the status to end with."""
        clock = self._emulator.clock
        deadline = clock.time() + seconds(course.build["timeout"])
        work = asyncio.create_task(self._work(course, scratch))
        ending = asyncio.create_task(course.ending.wait())
        late = asyncio.create_task(clock.sleep_until(deadline))
        logging = asyncio.create_task(self._write_log_as_it_grows(course))
        try:
            done = await self._first(work, ending, late)
            if work in done:
                return course.status or work.result()
            status = course.status or "TIMEOUT"
            course.say(f"{status}\nERROR: {_FRAME.get(status, 'the build was lost')}\n".encode())
            return status
        finally:
            for task in (work, ending, late, logging):
                task.cancel()
            await asyncio.gather(work, ending, late, logging, return_exceptions=True)
            self._room.release()

    async def _work(self, course: Course, scratch: Path) -> str:
        build, clock = course.build, self._emulator.clock
        course.say(f'starting build "{build["id"]}"\n\nFETCHSOURCE\n'.encode())
        programs = Programs(scratch / "bin", self._terraform)
        steps = course.steps = Steps(build, scratch, programs, _endpoints(course), course.say)
        began = clock.time()
        try:
            await self._fetch(build, steps)
            course.say(b"BUILD\n")
            fetched = clock.time()
            build["timing"] = {"FETCHSOURCE": span(began, fetched)}
            try:
                await steps.run(clock)
            finally:
                build["timing"]["BUILD"] = span(fetched, clock.time())
        except Failed as failed:
            course.say(f"ERROR\nERROR: {failed}\n".encode())
            build["failureInfo"] = {"type": failed.kind, "detail": f"Build step failure: {failed}"}
            return failed.status
        build["results"] = {"buildStepOutputs": steps.outputs, "buildStepImages": ["" for _ in build["steps"]]}
        course.say(b"PUSH\nDONE\n")
        return "SUCCESS"

    async def _fetch(self, build: Json, steps: Steps) -> None:
        source = build.get("source", {}).get("storageSource")
        if source is None:
            return
        where = f"gs://{source['bucket']}/{source['object']}"
        try:
            content, generation = await self._buckets.read(
                source["bucket"], source["object"], source.get("generation", "")
            )
        except Unreachable as error:
            why = f"could not resolve source: {where}: {error}"
            raise Failed("FAILURE", "FETCH_SOURCE_FAILED", why) from error
        build["sourceProvenance"] = {"resolvedStorageSource": {**source, "generation": generation}}
        await asyncio.to_thread(steps.unpack, where, content)

    def _finish(self, course: Course, status: str) -> None:
        assert status in ENDED
        course.build |= {"status": status, "finishTime": rfc3339(self._emulator.clock.time())}
        for step in course.build["steps"]:
            if step.get("status") == "WORKING":
                step["status"] = status
        self._emulator.changed.set()

    async def _write_log_as_it_grows(self, course: Course) -> None:
        written = 0
        while True:
            await asyncio.sleep(_LOG_EVERY)
            if len(course.log) > written:
                written = len(course.log)
                await self._write_log(course)

    async def _write_log(self, course: Course) -> None:
        """The whole log, where the build says. A bucket that is not there fails nothing that was done."""
        bucket = course.build.get("logsBucket", "").removeprefix("gs://")
        if bucket:
            folder = f"{bucket.partition('/')[2].strip('/')}/".removeprefix("/")
            name = f"{folder}log-{course.build['id']}.txt"
            with suppress(Unreachable):
                await self._buckets.write(bucket.partition("/")[0], name, bytes(course.log))

    @property
    def _buckets(self) -> Buckets:
        return Buckets(self._storage, self.client)

    @staticmethod
    async def _first(*tasks: asyncio.Task[Any]) -> set[asyncio.Task[Any]]:
        return (await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))[0]


def _endpoints(course: Course) -> dict[str, str]:
    """How a step's programs find Google's APIs, and as whom."""
    return {
        "GOOGLE_OAUTH_ACCESS_TOKEN": course.token,
        "GOOGLE_COMPUTE_CUSTOM_ENDPOINT": f"{course.address}/compute/v1/",
        "GOOGLE_STORAGE_CUSTOM_ENDPOINT": f"{course.address}/storage/v1/",
        "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT": f"{course.address}/storage/v1/",
    }
