"""Cloud Build: one step on a stored source, begun and looked at, never waited for.

The log is an object `log-BUILDID.txt` in a bucket of ours, since only there can it be read without Cloud Logging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.domain.builds import Build, BuildOrder
from shared.domain.errors import CloudError
from shared.google.build_errors import from_log
from shared.google.calls import Effect, call, options, pages
from shared.google.compute_errors import FAILED_PRECONDITION, NOT_FOUND
from shared.google.storage import ObjectBucket


@dataclass(frozen=True)
class BuildFrame:
    """What every build runs in: `image` by its digest, as `service_account` (its e-mail address; empty: the project's
    default), its source from and its log to these buckets."""

    project: str
    location: str
    image: str
    service_account: str
    source_bucket: str
    logs_bucket: str


class CloudBuild:
    """The builds of one project and region. `timeout` bounds each call, tries included, in seconds.

    No request names the project beside its parent: the client would then take the older path, which has no region.
    """

    def __init__(self, frame: BuildFrame, logs: ObjectBucket, timeout: float, endpoint: str | None) -> None:
        self._frame = frame
        self._logs = logs
        self._timeout = timeout
        self._endpoint = endpoint

    def create(self, order: BuildOrder) -> str:
        """Begin a build; its id. Sent once: Cloud Build has no requestId by which it would know a call again."""
        request = {"parent": self._parent, "build": self._body(order)}
        return str(call(self._client.create_build, request, Effect.ONCE, self._timeout).metadata.build.id)

    def get(self, build_id: str) -> Build | None:
        """How a build stands; None if there is none."""
        try:
            return _view(call(self._client.get_build, self._named(build_id), Effect.READ, self._timeout))
        except CloudError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def tagged(self, tag: str) -> Sequence[Build]:
        """All builds with the tag, oldest first, all pages."""
        request = {"parent": self._parent, "filter": f'tags="{tag}"'}
        listed = pages(self._client.list_builds, request, self._timeout, size="page_size")
        found = (_view(build) for page in listed for build in page.builds)
        return sorted((build for build in found if tag in build.tags), key=lambda build: build.created_at)

    def cancel(self, build_id: str) -> None:
        """End it; one that has ended already, or is not known, stays as it is."""
        try:
            call(self._client.cancel_build, self._named(build_id), Effect.REPEATABLE, self._timeout)
        except CloudError as error:
            if error.code not in (NOT_FOUND, FAILED_PRECONDITION):
                raise

    def why(self, build_id: str) -> CloudError | None:
        """What its log says about its failure, judged as Compute's own answers are; None where that says nothing."""
        content = self._logs.read(f"log-{build_id}.txt")
        return from_log(content.decode(errors="replace")) if content is not None else None

    def _body(self, order: BuildOrder) -> dict[str, Any]:
        frame = self._frame
        place = {"bucket": frame.source_bucket, "object_": order.source.name, "generation": order.source.generation}
        account = f"projects/{frame.project}/serviceAccounts/{frame.service_account}" if frame.service_account else ""
        return {
            "source": {"storage_source": place},
            "steps": [
                {
                    "name": frame.image,
                    "entrypoint": "sh",
                    "args": list(order.arguments),
                    "env": [f"{name}={value}" for name, value in order.environment.items()],
                }
            ],
            "timeout": order.timeout,
            "queue_ttl": order.timeout,
            "tags": list(order.tags),
            "service_account": account,
            "logs_bucket": f"gs://{frame.logs_bucket}",
            "options": {"logging": "GCS_ONLY"},
        }

    def _named(self, build_id: str) -> dict[str, str]:
        return {"name": f"{self._parent}/builds/{build_id}"}

    @property
    def _parent(self) -> str:
        return f"projects/{self._frame.project}/locations/{self._frame.location}"

    @cached_property
    def _client(self) -> Any:
        from google.cloud.devtools.cloudbuild_v1 import CloudBuildClient

        return CloudBuildClient(transport="rest", client_options=options(self._endpoint))


def _view(found: Any) -> Build:
    """A build in our words."""
    step = found.steps[0] if found.steps else None
    ended = step is not None and found.status.name in ("SUCCESS", "FAILURE")
    return Build(
        id=found.id,
        status=found.status.name,
        tags=frozenset(found.tags),
        created_at=found.create_time,
        started_at=found.start_time,
        finished_at=found.finish_time,
        exit_code=step.exit_code if step is not None and ended else None,
        output=next(iter(found.results.build_step_outputs), b""),
    )
