"""Region selection, provisioning, deprovisioning: one look at one VM, woken by Pub/Sub or by Cloud Tasks."""

from __future__ import annotations

import functions_framework
from cloudevents.http import CloudEvent

from shared.bootstrap import life
from shared.services.provisioning.waking import wake


@functions_framework.cloud_event
def main(event: CloudEvent) -> None:
    """A Pub/Sub push or a task's CloudEvent naming a VM. Every message that can be read is done with once recorded;
    later looks are Cloud Tasks' alone."""
    wake(life.advancer(), event.data)
