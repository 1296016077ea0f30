"""The quotas of the project that holds the VMs, as Compute Engine lists them: two reads for all regions and metrics."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from shared.domain.quotas import Metrics, Quota, Quotas
from shared.google.calls import Effect, call, options, pages


class ComputeQuotas:
    """`timeout` bounds each call, in seconds."""

    def __init__(self, project: str, timeout: float, endpoint: str | None) -> None:
        self._project = project
        self._timeout = timeout
        self._endpoint = endpoint

    def read(self) -> Quotas:
        """What is used of what, now. Raises CloudError."""
        named = {"project": self._project}
        listed = pages(self._regions.list, named, self._timeout)
        regions = {region.name: _metrics(region.quotas) for page in listed for region in page.items}
        project = call(self._projects.get, named, Effect.READ, self._timeout)
        return Quotas(_metrics(project.quotas), regions)

    @cached_property
    def _regions(self) -> Any:
        from google.cloud.compute_v1 import RegionsClient

        return RegionsClient(client_options=options(self._endpoint))

    @cached_property
    def _projects(self) -> Any:
        from google.cloud.compute_v1 import ProjectsClient

        return ProjectsClient(client_options=options(self._endpoint))


def _metrics(quotas: Iterable[Any]) -> Metrics:
    return {quota.metric: Quota(quota.limit, quota.usage) for quota in quotas}
