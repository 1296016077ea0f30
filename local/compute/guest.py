"""The guest's side of an instance: it boots, publishes its host key and runs its start-up script, step by step."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.compute.accounts import Accounts
from local.compute.pace import Pace
from local.compute.startup_script import grows, powershell_steps, reports, shell_steps
from local.compute.timeline import Timeline
from local.compute.wire import path_of, utc
from local.compute.world import Instance, World
from local.faults import Faults

NAMESPACE = "vmc"
_WINDOWS_KEY = "windows-startup-script-ps1"
_LINUX_KEY = "startup-script"
_LOOKS = 60.0  # seconds between two looks at the disk by what the start-up script leaves


class Guests:
    """What every instance's operating system does while it has power."""

    def __init__(self, world: World, timeline: Timeline, faults: Faults, pace: Pace) -> None:
        self._world = world
        self._timeline = timeline
        self._faults = faults
        self._pace = pace
        self._accounts = Accounts(timeline, pace, self._alive)
        timeline.on("guest.boot", self._boot)
        timeline.on("guest.grow", self._grow)
        timeline.on("guest.step", self._step)
        timeline.on("guest.step.end", self._step_end)

    def power_on(self, instance: Instance) -> None:
        """The machine is RUNNING: boot. A `guest.boot` fault with drop leaves the guest dead, with delay slow."""
        instance.guest.booted = False
        fault = self._faults.take("guest.boot", **_where(instance))
        if fault is None or not fault.drop:
            delay = fault.delay if fault else 0.0
            self._timeline.after(self._pace.boot + delay, "guest.boot", id=instance.id, cycle=instance.power_cycle)

    def notice(self, instance: Instance) -> None:
        """Metadata changed: the Windows agent may have an account to make."""
        if instance.guest.booted and is_windows(self._world, instance):
            self._accounts.answer_new_keys(instance)

    def disk_grew(self, instance: Instance) -> None:
        """A disk of the instance was made larger: what its start-up script left sees it within a minute, if it runs."""
        self._timeline.after(_LOOKS, "guest.grow", id=instance.id, cycle=instance.power_cycle)

    def _grow(self, id: str, cycle: int) -> None:
        instance = self._alive(id, cycle)
        disk = self._world.boot_disk(instance) if instance else None
        if instance is None or disk is None or not instance.guest.booted:
            return
        key = _WINDOWS_KEY if is_windows(self._world, instance) else _LINUX_KEY
        if disk.set_up and grows(instance.metadata(key)):
            disk.file_system_gib = int(disk.resource["sizeGb"])

    def _boot(self, id: str, cycle: int) -> None:
        instance = self._alive(id, cycle)
        if instance is None:
            return
        instance.guest.booted = True
        self.write(instance, 1, f"{utc(self._timeline.now())} {instance.name} booted")
        windows = is_windows(self._world, instance)
        if windows:
            self._accounts.begin(instance)
        elif not instance.guest.attributes:
            self._publish(instance, "hostkeys", "ssh-ed25519", _host_key())
        self._run_script(instance, windows)
        self.disk_grew(instance)

    def _run_script(self, instance: Instance, windows: bool) -> None:
        """Once per disk: a finished run leaves its marker there. A run that lost power begins again."""
        script = instance.metadata(_WINDOWS_KEY if windows else _LINUX_KEY)
        disk = self._world.boot_disk(instance)
        if not script or disk is None or disk.set_up:
            return
        guest = instance.guest
        guest.steps = powershell_steps(script) if windows else shell_steps(script)
        guest.failed, guest.log = False, ""
        if guest.steps:
            self._step(instance.id, instance.power_cycle, 1)
        elif reports(script):
            self._finish(instance)

    def _step(self, id: str, cycle: int, number: int) -> None:
        """Begin the step of that number, counted from 1. A `guest.step` fault makes it fail, with `detail.log` as
        the end of its log; with drop it never ends; with only a delay it takes longer."""
        instance = self._alive(id, cycle)
        if instance is None:
            return
        name = instance.guest.steps[number - 1]
        fault = self._faults.take("guest.step", **{**_where(instance), "name": name})
        self._tell(instance, number, "running")
        if fault and fault.drop:
            return
        seconds = self._pace.step + (fault.delay if fault else 0.0)
        failed = fault is not None and bool(fault.detail or not fault.delay)
        log = str(fault.detail.get("log", "")) if fault else ""
        self._timeline.after(seconds, "guest.step.end", id=id, cycle=cycle, number=number, failed=failed, log=log)

    def _step_end(self, id: str, cycle: int, number: int, failed: bool, log: str) -> None:
        instance = self._alive(id, cycle)
        if instance is None:
            return
        guest = instance.guest
        if failed:
            guest.failed = True
            guest.log = log or f"{guest.steps[number - 1]}: failed"
        self._tell(instance, number, "failed" if failed else "done", guest.log if failed else "")
        if number < len(guest.steps):
            self._step(id, cycle, number + 1)
        else:
            self._finish(instance)

    def _finish(self, instance: Instance) -> None:
        if instance.guest.failed:
            self._publish(instance, NAMESPACE, "log", instance.guest.log)
        self._publish(instance, NAMESPACE, "setup", "failed" if instance.guest.failed else "done")
        if disk := self._world.boot_disk(instance):
            disk.set_up = True

    def _tell(self, instance: Instance, number: int, state: str, detail: str = "") -> None:
        name, moment = instance.guest.steps[number - 1], utc(self._timeline.now())
        told = json.dumps({"name": name, "state": state, "at": moment, "detail": detail})
        self._publish(instance, NAMESPACE, f"step-{number:02}", told)
        self.write(instance, 1, f"startup-script: {moment} {name}: {state} {detail}".rstrip())

    def _publish(self, instance: Instance, namespace: str, key: str, value: str) -> None:
        """Write a guest attribute, as far as the instance's metadata lets it."""
        if instance.metadata("enable-guest-attributes").upper() == "TRUE":
            instance.guest.attributes[f"{namespace}/{key}"] = value

    def write(self, instance: Instance, port: int, line: str) -> None:
        """A line on a serial port."""
        instance.guest.serial[str(port)] = instance.guest.serial.get(str(port), "") + line + "\n"

    def _alive(self, id: str, cycle: int) -> Instance | None:
        """The instance, if it has had power since the cycle that is meant."""
        instance = self._world.by_id.get(id)
        running = instance is not None and instance.status == "RUNNING" and instance.power_cycle == cycle
        return instance if running else None


def is_windows(world: World, instance: Instance) -> bool:
    """Whether the boot disk is one of Google's Windows images."""
    disk = world.boot_disk(instance)
    return disk is not None and path_of(disk.resource.get("sourceImage", "")).startswith("projects/windows-cloud/")


def _where(instance: Instance) -> dict[str, str]:
    return {
        "project": instance.project,
        "region": instance.region,
        "zone": instance.zone,
        "name": instance.name,
        "instance": instance.name,
        "machine_type": instance.machine_type,
    }


def _host_key() -> str:
    """The base64 part of an OpenSSH public key."""
    public = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kind = b"ssh-ed25519"
    parts = b"".join(len(part).to_bytes(4, "big") + part for part in (kind, public))
    return base64.b64encode(parts).decode()
