"""`make demo REQUEST="…"`: the whole journey from the terminal, from a sentence to the receipt."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.platform import ROOT, Platform
from local.processes import StartFailed

EXAMPLE = "I need a Python Django development server with PostgreSQL and Redis"
STAGES = ("REQUESTED", "PROVISIONING", "RUNNING", "DELETING", "DELETED")
PATIENCE = 600.0  # seconds of real time for any one stage

console = Console()


class Failed(Exception):
    """The journey cannot go on; the message says why."""


class Journey:
    """One VM from words to receipt, over the API alone; the clock is moved where a person would wait for hours."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._seen = 0  # the number of the last event shown

    def suggest(self, request: str) -> dict[str, Any]:
        """Ask, and show what came out and why."""
        suggestion = self._ask("POST", "/api/suggestions", json={"request": request})
        if suggestion["spec"] is None:
            raise Failed("; ".join(reason["because"] for reason in suggestion["reasons"]))
        console.print(Panel(request, title="Request", title_align="left"))
        words = ", ".join(keyword["text"] for keyword in suggestion["analysis"]["keywords"])
        console.print(f"[bold]Understood[/] ({suggestion['engine']}): {words or 'no particular words'}")
        console.print(_reasons(suggestion))
        for assumption in suggestion["assumptions"]:
            console.print(f"[yellow]Assumed[/] {assumption}")
        console.print(_regions(suggestion["quote"]))
        return suggestion

    def approve(self, suggestion: dict[str, Any]) -> dict[str, Any]:
        """Approve exactly this, at the price of the dearest region that may hold it."""
        quote = suggestion["quote"]
        worst = quote["worst_case"]
        console.print(
            f"[bold]Approving[/] up to {quote['max_total']} {quote['currency']} for {suggestion['spec']['duration']}; "
            f"at worst until {worst['until']}, for {worst['total']} (network egress not included)"
        )
        body = {"suggestion_id": suggestion["id"], "spec": suggestion["spec"], "approved_total": quote["max_total"]}
        return self._ask("POST", "/api/vms", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def follow(self, name: str, goal: frozenset[str]) -> dict[str, Any]:
        """Show the live events until the VM is in one of those states."""
        until = time.monotonic() + PATIENCE
        columns = (SpinnerColumn(), TextColumn("[bold]{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task(name, total=len(STAGES) - 1)
            while time.monotonic() < until:
                for event in self._events(name, self._seen):
                    self._seen = event["number"]
                    vm = event["vm"]
                    progress.console.print(f"  {event['at'][:19]}  {event['kind']:<16} {event['detail']}")
                    progress.update(bar, completed=_stage(vm["state"]), description=f"{name} {vm['state']}")
                    if vm["state"] in goal:
                        return self._ask("GET", f"/api/vms/{name}")
        raise Failed(f"{name} did not come to {' or '.join(goal)} in time")

    def show_access(self, vm: dict[str, Any]) -> None:
        """The credentials, revealed once. The key itself is not printed."""
        path = f"/api/vms/{vm['name']}:reveal"
        shown = self._ask("POST", path, headers={"Idempotency-Key": str(uuid.uuid4())})
        secret = "its own key" if shown["private_key"] is None and shown["password"] is None else "revealed once"
        console.print(
            f"[bold green]Running[/] in {vm['zone']} until {vm['expires_at']}: "
            f"{vm['login']['method']} {shown['user']}@{shown['host']} ({secret})"
        )

    def to_its_end(self, vm: dict[str, Any]) -> None:
        """Move the clock of the emulated cloud to the end of the lease."""
        now = self.client.get("/_clock").json()["now"]
        left = max(_seconds(vm["expires_at"]) - _seconds(now), 0) + 1
        console.print(f"[dim]The clock is moved on by {left / 60:.0f} minutes, to the end of the lease.[/]")
        self.client.post("/_clock", json={"advance": left}).raise_for_status()

    def receipt(self, name: str) -> bool:
        """Show the receipt; whether everything was read back as not found."""
        receipt = self._ask("GET", f"/api/vms/{name}/receipt")
        table = Table(title=f"Receipt of {name}: {receipt['outcome']}, {receipt['reason']['text']}")
        for column in ("Resource", "Id", "Read back", "At"):
            table.add_column(column)
        for each in receipt["resources"]:
            found = "[red]FOUND[/]" if each["found"] else "[green]not found[/]"
            table.add_row(each["kind"], each["id"], found, each["checked_at"][:19])
        console.print(table)
        console.print(
            f"Metered {receipt['metered']['total']} of {receipt['quoted']['approved_total']} {receipt['currency']}"
            f" approved (late: {receipt['late']['total']})"
        )
        return not any(each["found"] for each in receipt["resources"])

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self.client.request(method, path, **more)
        if answer.is_error:
            raise Failed(answer.json().get("detail", answer.text))
        document: dict[str, Any] = answer.json()
        return document

    def _events(self, name: str, after: int) -> Iterator[dict[str, Any]]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with self.client.stream("GET", f"/api/vms/{name}/events", headers=headers) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: {") and line != "data: {}":
                    yield json.loads(line.removeprefix("data: "))


def _stage(state: str) -> int:
    return STAGES.index(state) if state in STAGES else len(STAGES) - 1


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _reasons(suggestion: dict[str, Any]) -> Table:
    spec = suggestion["spec"]
    table = Table(title=f"{spec['machine_type']}, {spec['os_image']}, {', '.join(spec['packages'])}", show_lines=False)
    for column in ("Field", "Because", "Evidence"):
        table.add_column(column)
    for reason in suggestion["reasons"]:
        table.add_row(reason["field"], reason["because"], reason["evidence"])
    return table


def _regions(quote: dict[str, Any]) -> Table:
    table = Table(title=f"{quote['total']} {quote['currency']} in {quote['region']}, where it would go now")
    for column in ("Region", "Total", "", "Why"):
        table.add_column(column)
    totals = [float(each["total"]) for each in quote["regions"] if each["total"]]
    for each in quote["regions"]:
        bar = "█" * round(20 * float(each["total"]) / max(totals)) if each["total"] else ""
        table.add_row(each["region"], each["total"] or "–", bar, each["because"])
    return table


@contextmanager
def running_platform() -> Iterator[dict[str, str]]:
    """The platform that `make up` has running, or one of our own for as long as this takes."""
    folder = Path(os.environ.get("LOCAL_FOLDER", ROOT / ".local"))
    about = folder / "platform.json"
    if about.exists():
        kept: dict[str, str] = json.loads(about.read_text())
        try:
            httpx.get(f"{kept['url']}/api/health", timeout=5).raise_for_status()
        except httpx.HTTPError:
            about.unlink()
        else:
            yield kept
            return
    port = os.environ.get("PORT")
    own = Platform(folder, port=int(port) if port else None, say=lambda part: console.print(f"Starting {part} …"))
    with own:
        yield own.about()


def main() -> None:
    request = " ".join(sys.argv[1:]).strip() or EXAMPLE
    try:
        with running_platform() as about:
            headers = {"Authorization": f"Bearer {about['token']}"}
            with httpx.Client(base_url=about["url"], headers=headers, timeout=120) as client:
                sys.exit(0 if _travel(Journey(client), request) else 1)
    except (Failed, StartFailed) as failure:
        console.print(f"[red]{failure}[/]")
        sys.exit(1)


def _travel(journey: Journey, request: str) -> bool:
    vm = journey.approve(journey.suggest(request))
    vm = journey.follow(vm["name"], frozenset({"RUNNING", "DELETED", "FAILED"}))
    if vm["state"] == "RUNNING":
        journey.show_access(vm)
        journey.to_its_end(vm)
        journey.follow(vm["name"], frozenset({"DELETED", "FAILED"}))
    return journey.receipt(vm["name"])


if __name__ == "__main__":
    main()
