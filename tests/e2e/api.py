"""The API as a program uses it, for the end-to-end tests."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx

from local.platform import Platform

SENTENCE = "I need a Python Django development server with PostgreSQL and Redis"
PATIENCE = 90.0  # seconds of real time for a state to come; the platform's clock is moved on meanwhile


class Client:
    """Calls with an API token, as one user."""

    def __init__(self, platform: Platform, token: str | None = None) -> None:
        self.platform = platform
        headers = {"Authorization": f"Bearer {token or platform.token}"}
        self.http = httpx.Client(base_url=platform.url, headers=headers, timeout=60)

    def get(self, path: str, **more: Any) -> Any:
        return self.http.get(path, **more).raise_for_status().json()

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        return self.http.post(path, json=body, headers={"Idempotency-Key": key or str(uuid.uuid4())})

    def suggest(self, request: str = SENTENCE) -> dict[str, Any]:
        made: dict[str, Any] = self.post("/api/suggestions", {"request": request}).raise_for_status().json()
        return made

    def approve(self, suggestion: dict[str, Any], key: str | None = None, **changed: Any) -> httpx.Response:
        """Approve a suggestion, its spec changed and quoted anew if anything is given."""
        spec, quote = suggestion["spec"], suggestion["quote"]
        if changed:
            spec = {**spec, **changed}
            quote = self.post("/api/quotes", {"spec": spec}).raise_for_status().json()
        body = {"suggestion_id": suggestion["id"], "spec": spec, "approved_total": quote["max_total"]}
        return self.post("/api/vms", body, key)

    def machine(self, request: str = SENTENCE, **changed: Any) -> str:
        """The name of a VM that was just approved."""
        name: str = self.approve(self.suggest(request), **changed).raise_for_status().json()["name"]
        return name

    def vm(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/vms/{name}")
        return found

    def until(self, name: str, *states: str, step: float = 5.0) -> dict[str, Any]:
        """Wait until it is in one of the states, the platform's clock moving on by `step` seconds at each look."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            vm = self.vm(name)
            if vm["state"] in states:
                return vm
            if step:
                self.platform.advance(step)
            time.sleep(0.1)
        raise AssertionError(f"{name} is still {vm['state']}, not {' or '.join(states)}: {self.events(name)}")

    def to_receipt(self, name: str) -> dict[str, Any]:
        """Move the clock past its end, and wait for the receipt."""
        vm = self.vm(name)
        now = self.get("/_clock")["now"]
        left = (datetime.fromisoformat(vm["expires_at"]) - datetime.fromisoformat(now)).total_seconds()
        self.platform.advance(max(left, 0) + 1)
        self.until(name, "DELETED", "FAILED")
        receipt: dict[str, Any] = self.get(f"/api/vms/{name}/receipt")
        return receipt

    def events(self, name: str) -> list[str]:
        return [event["kind"] for event in self.get(f"/api/vms/{name}/events")["events"]]

    def stream(self, path: str, last: str | None = None) -> Iterator[dict[str, Any]]:
        """Server-sent events as {id, event, data}, until the server or the reader ends them."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        with self.http.stream("GET", path, headers=headers) as answer:
            answer.raise_for_status()
            told: dict[str, Any] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    told[name] = json.loads(value) if name == "data" else value
                elif told:
                    yield told
                    told = {}


def cloud(platform: Platform) -> dict[str, Any]:
    """What the emulated Compute Engine itself says is there."""
    found: dict[str, Any] = httpx.get(f"{platform.address('compute')}/_state").json()
    return found


def machines_of(platform: Platform, name: str) -> list[dict[str, Any]]:
    """The instances whose name is the VM's, or one of its attempts'."""
    return [
        each for each in cloud(platform)["instances"] if each["name"] == name or each["name"].startswith(f"{name}-")
    ]


def fault(platform: Platform, emulator: str, **told: Any) -> None:
    """Arm a fault of one emulator."""
    httpx.post(f"{platform.address(emulator)}/_faults", json=told).raise_for_status()


def calm(platform: Platform, emulator: str) -> None:
    httpx.delete(f"{platform.address(emulator)}/_faults").raise_for_status()


def sweep(platform: Platform) -> dict[str, Any]:
    """One tick of the reaper, as Cloud Scheduler makes it."""
    done: dict[str, Any] = httpx.post(f"{platform.address('reaper')}/", timeout=90).raise_for_status().json()
    return done
