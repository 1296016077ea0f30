"""Which revision of each function's Cloud Run service serves: held while a new one is made, tested, then shifted.

Google's and the provider's rule: an update with `all_traffic_on_latest_revision = false` keeps the service's split, and
a split that says LATEST lets the new revision serve at once. So every service is pinned by name first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.deploy.gcloud import Gcloud
from infra.deploy.programs import CommandFailed

TAG = "candidate"
PUBLIC = ("accounts", "suggest", "request", "status", "admin")


class NotReady(RuntimeError):
    """A new revision did not come up, so there is nothing to shift to."""


@dataclass(frozen=True)
class Traffic:
    """`services`: the Cloud Run service of each function."""

    gcloud: Gcloud
    region: str
    services: Mapping[str, str]

    def hold(self) -> dict[str, str]:
        """Pin each service to the revision that serves; which that is, by function. One that is not there yet is left
        out."""
        serving = {}
        for function, service in sorted(self.services.items()):
            found = self.gcloud.find("run", "services", "describe", service, self._region)
            if found is None:
                continue
            serving[function] = serving_revision(found)
            if not pinned(found, serving[function]):
                self._update(service, f"--to-revisions={serving[function]}=100")
        return serving

    def candidates(self, before: Mapping[str, str]) -> dict[str, str]:
        """Where each public function's newest revision answers without traffic, by a tag where it is not the one that
        serves. Raises NotReady."""
        urls = {}
        for function in self.services:
            newest, document = self._newest(function)
            if newest != before.get(function):
                self._update(self.services[function], f"--update-tags={TAG}={newest}")
                document = self._describe(function)
            if function in PUBLIC:
                urls[function] = url_of(document, newest)
        return urls

    def shift(self) -> None:
        """Let each newest revision serve, by name, and take our tag away. Raises NotReady, before the first."""
        newest = {function: self._newest(function) for function in self.services}
        for function, (revision, document) in newest.items():
            changes = [] if pinned(document, revision) else [f"--to-revisions={revision}=100"]
            if any(each.get("tag") == TAG for each in document["status"]["traffic"]):
                changes.append(f"--remove-tags={TAG}")
            if changes:
                self._update(self.services[function], *changes)

    def roll_back(self, before: Mapping[str, str]) -> None:
        """Let what served before serve again; every service is tried. Raises CommandFailed at the end for the first
        that could not be."""
        failed: CommandFailed | None = None
        for function, revision in before.items():
            try:
                self._update(self.services[function], f"--to-revisions={revision}=100")
            except CommandFailed as error:
                failed = failed or error
        if failed:
            raise failed

    @property
    def _region(self) -> str:
        return f"--region={self.region}"

    def _describe(self, function: str) -> Any:
        return self.gcloud.read("run", "services", "describe", self.services[function], self._region)

    def _newest(self, function: str) -> tuple[str, Any]:
        document = self._describe(function)
        created = document["status"]["latestCreatedRevisionName"]
        if document["status"].get("latestReadyRevisionName") != created:
            raise NotReady(f"{created} did not become ready: gcloud run revisions describe {created} {self._region}")
        return created, document

    def _update(self, service: str, *changes: str) -> None:
        self.gcloud.run("run", "services", "update-traffic", service, self._region, *changes)


def serving_revision(service: Mapping[str, Any]) -> str:
    """The name of the revision that has the most traffic."""
    shares: dict[str, int] = {}
    for each in service["status"]["traffic"]:
        shares[each["revisionName"]] = shares.get(each["revisionName"], 0) + each.get("percent", 0)
    return max(shares, key=shares.__getitem__)


def pinned(service: Mapping[str, Any], revision: str) -> bool:
    """Whether it has all the traffic by its name, and not by being the newest."""
    targets = service["status"]["traffic"]
    whole = [each for each in targets if each["revisionName"] == revision and each.get("percent") == 100]
    return any(not each.get("latestRevision") for each in whole)


def url_of(service: Mapping[str, Any], revision: str) -> str:
    """Where the revision answers: at its tag if it has one, else where the service does."""
    targets = service["status"]["traffic"]
    tagged = (each["url"] for each in targets if each.get("tag") == TAG and each["revisionName"] == revision)
    return str(next(tagged, service["status"]["url"]))
