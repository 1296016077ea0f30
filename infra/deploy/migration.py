"""The database's schema, brought up to date by a Cloud Run job inside the VPC: Cloud SQL has no public address.

It runs before the functions that need it are made, so every migration has to leave the functions of the release before
working: what is dropped has not been used for one release.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from infra.deploy.gcloud import Gcloud

LOOKS, BETWEEN = 12, 5.0  # a line of a log is there within seconds, not at once


@dataclass(frozen=True)
class Migration:
    gcloud: Gcloud
    region: str
    job: str
    pause: Callable[[float], None] = time.sleep

    def run(self, image: str) -> str:
        """Run the job with the new image and wait; the execution's name. Terraform gives the job the same image
        afterwards. Running it again does no harm. Raises CommandFailed."""
        here = f"--region={self.region}"
        self.gcloud.run("run", "jobs", "update", self.job, here, f"--image={image}")
        return self.gcloud.run("run", "jobs", "execute", self.job, here, "--wait", "--format=value(metadata.name)")

    def link(self, execution: str) -> str | None:
        """The first administrator's single-use link that it printed; None where there is an administrator already."""
        wanted = " ".join(
            [
                'resource.type="cloud_run_job"',
                f'resource.labels.job_name="{self.job}"',
                f'labels."run.googleapis.com/execution_name"="{execution}"',
                'textPayload:"/signup?invitation="',
            ]
        )
        for look in range(LOOKS):
            lines = self.gcloud.run("logging", "read", wanted, "--freshness=1d", "--format=value(textPayload)")
            if lines:
                return lines.splitlines()[0].strip()
            if look + 1 < LOOKS:
                self.pause(BETWEEN)
        return None
