"""The wait for the managed certificate: Google issues it once the domain's A record points to the load balancer."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from infra.deploy.gcloud import Gcloud

BETWEEN = 30.0  # seconds
AT_MOST = 60 * 60.0  # by Google's page it takes up to an hour once the record is there


class NotYet(RuntimeError):
    """It is not there within the time; the message says what it waits for."""


def _addresses(domain: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(domain, 443, socket.AF_INET)}
    except OSError:
        return set()


@dataclass(frozen=True)
class Certificate:
    gcloud: Gcloud
    name: str
    domain: str
    address: str
    say: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    resolve: Callable[[str], set[str]] = _addresses

    def wait(self, at_most: float = AT_MOST) -> None:
        """Return once it is active. Raises NotYet; running make deploy again waits on."""
        waited, said = 0.0, ""
        while True:
            status = self.gcloud.run(
                "compute", "ssl-certificates", "describe", self.name, "--global", "--format=value(managed.status)"
            )
            if status == "ACTIVE":
                return
            now = self._state(status)
            if now != said:
                self.say(now)
                said = now
            if waited >= at_most:
                raise NotYet(f"{now} Run the same command again: it waits on.")
            self.pause(BETWEEN)
            waited += BETWEEN

    def _state(self, status: str) -> str:
        found = self.resolve(self.domain)
        if self.address in found:
            return f"The certificate is {status}; {self.domain} points to {self.address}, as it should."
        seen = f"to {', '.join(sorted(found))}" if found else "nowhere"
        return f"The certificate is {status}: {self.domain} points {seen}, not yet to {self.address}."
