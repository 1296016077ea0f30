"""The engine that has Terraform make a machine and end it, in builds of Cloud Build: one state object for each VM.

A build is begun, its id noted, and looked at again. Cloud Build knows no requestId, so a build carries the VM's tag and
the request's, and is asked for by them before another is begun; two of the same do no harm, since they share the state
and its lock. What a build that was killed has left, the lock and a machine that the state does not know, is dealt with
before the next: the lock is taken away once nobody can hold it, the machine imported.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.domain.builds import Build, BuildOrder, StoredObject
from shared.domain.errors import CloudError, Scope
from shared.domain.machine import LABEL_ID, OperationView, Order
from shared.domain.vm import Attempt
from shared.services.engines import source
from shared.services.engines.locks import LOCKED, left_behind
from shared.services.ports import Compute, Fence

log = logging.getLogger(__name__)

APPLY_TIME, DESTROY_TIME = timedelta(minutes=15), timedelta(minutes=10)
BUILDS_OF_A_REQUEST = 2  # the one that makes the machine, and one that takes it up where the first was killed
# What run.sh exits with before it applies anything: init failed, plan failed, state locked.
NOTHING_DONE = frozenset({10, 11, LOCKED})


class Builds(Protocol):
    """Cloud Build, in the deployment's project and region."""

    def create(self, order: BuildOrder) -> str:
        """Begin a build; its id. Sent once: a lost answer leaves the outcome unknown."""

    def get(self, build_id: str) -> Build | None:
        """How a build stands; None if there is none."""

    def tagged(self, tag: str) -> Sequence[Build]:
        """All builds with the tag, oldest first."""

    def cancel(self, build_id: str) -> None:
        """End it; one that has ended already stays as it is."""

    def why(self, build_id: str) -> CloudError | None:
        """What the log of a build that failed says, judged as Compute's own answers are; None where it says nothing
        that could be."""


class Objects(Protocol):
    """One bucket of Cloud Storage."""

    def put(self, name: str, content: bytes) -> StoredObject:
        """Keep an object; the one that is there already, if there is one."""

    def find(self, name: str) -> StoredObject | None:
        """The object, None if there is none."""

    def delete(self, name: str, generation: int) -> bool:
        """Delete that generation of the object; False if it is not there any more."""


@dataclass(frozen=True)
class Buckets:
    """Where states are kept, under which name that is, and where builds find their sources."""

    states: Objects
    states_name: str
    sources: Objects


class TerraformEngine:
    """`module` reads the module's files; `project` and `network` are where the VMs live."""

    name = "terraform"

    def __init__(
        self,
        builds: Builds,
        buckets: Buckets,
        compute: Compute,
        module: Callable[[], Mapping[str, bytes]],
        environment: str,
        project: str,
        network: str,
    ) -> None:
        self.builds = builds
        self.buckets = buckets
        self.compute = compute
        self.module = module
        self.environment = environment
        self.project = project
        self.network = network

    def state_location(self, vm_id: str) -> str | None:
        return f"gs://{self.buckets.states_name}/{self._prefix(vm_id)}/default.tfstate"

    def prepare(self, order: Order, request_id: str, fence: Fence) -> None:
        """The rule is made by the same build as the machine."""

    def create(self, order: Order, attempt: Attempt, fence: Fence) -> str:
        builds = self.builds.tagged(self._tag(order.vm_id))
        known = _of(builds, attempt.request_id)
        if known:
            return known[-1].id  # its answer was lost
        return self._begin("apply", order, attempt.request_id, builds, fence)

    def adopt(self, order: Order, attempt: Attempt, fence: Fence) -> str | None:
        try:
            builds = self.builds.tagged(self._tag(order.vm_id))
            known = _of(builds, attempt.request_id)
            if known and known[-1].id != attempt.operation:
                return known[-1].id
            if len(known) >= BUILDS_OF_A_REQUEST:
                return None
            return self._begin("apply", order, attempt.request_id, builds, fence)
        except CloudError as error:
            log.warning("a machine stays out of its state", extra={"vm": order.vm_id, "code": error.code})
            return None

    def outcome(self, vm_id: str, attempt: Attempt) -> OperationView | None:
        """Final only once every build of the request is: a second one, of a lost answer, may still make the machine."""
        noted = self.builds.get(attempt.operation) if attempt.operation else None
        if noted is not None and not noted.final:
            return OperationView(noted.id, done=False)
        builds = {build.id: build for build in self.builds.tagged(_request(attempt.request_id))}
        if noted is not None:
            builds[noted.id] = noted
        return self._judged(list(builds.values())) if builds else None

    def destroy(self, order: Order, request_id: str, fence: Fence) -> str | None:
        """What makes something is let finish, and what is queued to is cancelled: then from its state."""
        builds = self.builds.tagged(self._tag(order.vm_id))
        known = _of(builds, request_id)
        if known:
            return known[-1].id
        for build in builds:
            if not build.final and build.started_at is None:
                fence()
                self.builds.cancel(build.id)
        return self._begin("destroy", order, request_id, builds, fence)

    def destroyed(self, name: str) -> OperationView | None:
        build = self.builds.get(name)
        if build is None or not build.final:
            return OperationView(name, done=False) if build else None
        return OperationView(name, done=True, error=self._error(build), ended_at=build.finished_at)

    def cancel(self, vm_id: str) -> None:
        for build in self.builds.tagged(self._tag(vm_id)):
            if not build.final:
                self.builds.cancel(build.id)

    def _begin(self, what: str, order: Order, request_id: str, builds: Sequence[Build], fence: Fence) -> str:
        """One build at a time for a VM, on a state that nobody holds."""
        self._unlock(order.vm_id, builds, fence)
        content = source.archive(self._files(order, adopt=what == "apply"))
        digest = hashlib.sha256(content).hexdigest()[:12]
        fence()
        name = f"builds/{self.environment}/{order.vm_id}/{request_id}-{digest}.zip"
        stored = self.buckets.sources.put(name, content)
        fence()
        return self.builds.create(
            BuildOrder(
                source=stored,
                arguments=("run.sh", what),
                environment={
                    "STATE_BUCKET": self.buckets.states_name,
                    "STATE_PREFIX": self._prefix(order.vm_id),
                },
                tags=(self._tag(order.vm_id), _request(request_id), what),
                timeout=APPLY_TIME if what == "apply" else DESTROY_TIME,
            )
        )

    def _unlock(self, vm_id: str, builds: Sequence[Build], fence: Fence) -> None:
        """Raise CloudError where another run is at work on the VM's state; a lock that nobody can hold is taken away,
        that one and no other."""
        if not all(build.final for build in builds):
            raise CloudError("build_running", "another build of this VM has not ended yet", Scope.TRANSIENT)
        lock = self.buckets.states.find(f"{self._prefix(vm_id)}/default.tflock")
        if lock is None:
            return
        if not left_behind(lock, builds):
            raise CloudError("state_locked", f"somebody is at work on {self.state_location(vm_id)}", Scope.TRANSIENT)
        fence()
        self.buckets.states.delete(lock.name, lock.generation)
        log.warning("a killed build's lock was taken away", extra={"vm": vm_id, "generation": lock.generation})

    def _files(self, order: Order, *, adopt: bool) -> dict[str, bytes]:
        """The module with this VM's variables; what is there already, and ours, is imported."""
        machine, rule = order.machine, order.rule
        instance = self.compute.instance(machine.zone, machine.name) if adopt else None
        firewall = self.compute.firewall(rule.name) if adopt else None
        values = source.variables(
            order,
            self.project,
            self.network,
            instance=instance is not None and instance.labels.get(LABEL_ID) == order.vm_id,
            firewall=firewall is not None and firewall.network_tag == rule.network_tag,
        )
        return {**self.module(), source.VARIABLES: source.written(values)}

    def _judged(self, builds: Sequence[Build]) -> OperationView:
        """What the builds of one request have come to: it is enough that one went well, and one that may have made the
        machine without a word outweighs those that say why they did not."""
        name = max(builds, key=lambda build: build.created_at).id
        if not all(build.final for build in builds):
            return OperationView(name, done=False)
        errors = [self._error(build) for build in builds]
        failed = [error for error in errors if error is not None]
        ended_at = max((build.finished_at for build in builds if build.finished_at), default=None)
        unknown = next((error for error in failed if error.unknown_outcome), None)
        error = (unknown or failed[-1]) if len(failed) == len(builds) else None
        return OperationView(name, done=True, error=error, ended_at=ended_at)

    def _error(self, build: Build) -> CloudError | None:
        """Why a final build failed, None if it went well."""
        if build.status == "SUCCESS":
            return None if _reads(build.output) or "destroy" in build.tags else _unread(build)
        said = self.builds.why(build.id) if build.started_at is not None else None
        detail = f"build {build.id} ended with {build.status}"
        error = said or CloudError("build_failed", detail, Scope.TRANSIENT)
        nothing = build.started_at is None or build.exit_code in NOTHING_DONE
        error.unknown_outcome = error.scope is Scope.TRANSIENT and not nothing
        return error

    def _prefix(self, vm_id: str) -> str:
        return f"vms/{self.environment}/{vm_id}"

    def _tag(self, vm_id: str) -> str:
        return f"vmc-{self.environment}-{vm_id}"


def _request(request_id: str) -> str:
    return f"request-{request_id}"


def _of(builds: Sequence[Build], request_id: str) -> list[Build]:
    """The builds of one request, in the order in which they were begun."""
    return [build for build in builds if _request(request_id) in build.tags]


def _reads(output: bytes) -> bool:
    """Whether the outputs tell the instance's id."""
    try:
        return bool(json.loads(output)["instance_id"]["value"])
    except (ValueError, KeyError, TypeError):
        return False


def _unread(build: Build) -> CloudError:
    return CloudError("no_outputs", f"build {build.id} left no outputs", Scope.TRANSIENT, unknown_outcome=True)
