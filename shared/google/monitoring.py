"""Cloud Monitoring: how much the VM project's machines are used, in one list a metric for all of them.

`projects.timeSeries.list` over HTTP and JSON: Google's own client of this API speaks gRPC alone, which the reaper would
load for nothing else. Metrics, their units and when they become visible: the pages "Google Cloud metrics: compute" and
"Ops Agent metrics" of Cloud Monitoring's documentation. Aligned by sums rather than by rates, which would make up what
is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from shared.domain.errors import CloudError
from shared.domain.use import Sample
from shared.google.calls import Effect, attempt
from shared.google.compute_errors import NOT_FOUND

HOST = "https://monitoring.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/monitoring.read"
VISIBLE_AFTER = timedelta(seconds=240)  # what is measured can be read so much later
LEAST_TIME = 0.1  # seconds: a call with less would be refused as wrong, not as late
_PAGE_SIZE = 100_000  # points, the most that there is
_INSTANCE = "resource.labels.instance_id"
_COMPUTE = "compute.googleapis.com/instance/"
_BY_AGENT = 'metric.type = "agent.googleapis.com/memory/percent_used" AND metric.labels.state = "used"'

Key = tuple[str, datetime]  # an instance's id, and the end of a period
Points = dict[Key, float]


class CloudMonitoring:
    """The instances of one project. `timeout`: seconds for one reading, all its lists and pages and their tries."""

    def __init__(self, project: str, endpoint: str | None, timeout: float) -> None:
        self._url = f"{endpoint or HOST}/v3/projects/{project}/timeSeries"
        self._timeout = timeout

    def use(self, since: datetime, now: datetime, period: timedelta) -> Mapping[str, Sequence[Sample]]:
        """By instance id, oldest first, what is whole of the periods between `since` and what is visible `now`: one of
        which CPU or network is not known is left out. Raises CloudError, after the time-out at the latest."""
        until = (now - VISIBLE_AFTER).replace(second=0, microsecond=0)
        if since >= until:
            return {}
        over = time.monotonic() + self._timeout

        def read(filter: str, aligner: str, reducer: str) -> Points:
            aggregation = {
                "interval.startTime": _written(since),
                "interval.endTime": _written(until),
                "aggregation.alignmentPeriod": f"{int(period.total_seconds())}s",
                "aggregation.perSeriesAligner": aligner,
                "aggregation.crossSeriesReducer": reducer,
            }
            return dict(self._points(filter, aggregation, over))

        cpu = read(_metric("cpu/utilization"), "ALIGN_MEAN", "REDUCE_MAX")
        peak = read(_metric("cpu/utilization"), "ALIGN_MAX", "REDUCE_MAX")
        sent = read(_metric("network/sent_bytes_count"), "ALIGN_SUM", "REDUCE_SUM")
        received = read(_metric("network/received_bytes_count"), "ALIGN_SUM", "REDUCE_SUM")
        memory = self._if_known(lambda: read(_BY_AGENT, "ALIGN_MAX", "REDUCE_MAX"))
        found: dict[str, list[Sample]] = {}
        for key in sorted(cpu.keys() & peak.keys() & sent.keys() & received.keys()):
            share = memory[key] / 100 if key in memory else None
            network = (sent[key] + received[key]) / period.total_seconds()
            sample = Sample(key[1], cpu[key], peak[key], network, share)
            found.setdefault(key[0], []).append(sample)
        return found

    def _if_known(self, read: Callable[[], Points]) -> Points:
        """A metric that no agent of the project has ever written is not known to it."""
        try:
            return read()
        except CloudError as error:
            if error.code != NOT_FOUND:
                raise
            return {}

    def _points(self, filter: str, aggregation: Mapping[str, str], over: float) -> Iterator[tuple[Key, float]]:
        """Each period's value with its instance's id and its end, all pages."""
        parameters = {
            **aggregation,
            "filter": f'{filter} AND resource.type = "gce_instance"',
            "aggregation.groupByFields": _INSTANCE,
            "pageSize": str(_PAGE_SIZE),
        }
        token = ""
        while True:
            page = self._page({**parameters, **({"pageToken": token} if token else {})}, over)
            for series in page.get("timeSeries", ()):
                instance = series["resource"]["labels"]["instance_id"]
                for point in series["points"]:
                    end = datetime.fromisoformat(point["interval"]["endTime"])
                    value = point["value"]
                    yield (instance, end), float(value["int64Value"] if "int64Value" in value else value["doubleValue"])
            token = page.get("nextPageToken", "")
            if not token:
                return

    def _page(self, parameters: Mapping[str, str], over: float) -> Mapping[str, Any]:
        from google.api_core.exceptions import from_http_response

        def send(left: float) -> Mapping[str, Any]:
            answer = self._session.get(self._url, params=parameters, timeout=left, max_allowed_time=left)
            if not answer.ok:
                raise from_http_response(answer)  # type: ignore[no-untyped-call]
            found: Mapping[str, Any] = answer.json()
            return found

        return attempt(send, Effect.READ, max(over - time.monotonic(), LEAST_TIME))

    @cached_property
    def _session(self) -> Any:
        """Signs in as Google's own REST clients do: a service account's key signs its own tokens, without a call."""
        import google.auth
        from google.auth.transport.requests import AuthorizedSession

        credentials, _ = google.auth.default(scopes=(SCOPE,))
        if hasattr(credentials, "with_always_use_jwt_access"):
            credentials = credentials.with_always_use_jwt_access(True)
        return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def _metric(name: str) -> str:
    return f'metric.type = "{_COMPUTE}{name}"'


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
