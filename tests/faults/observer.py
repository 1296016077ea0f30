"""The independent observer: a process of its own that reads the emulated cloud's `/_state` and the database, and says
what breaks G1–G7 by its own reading of them. It imports nothing of ours, and runs isolated so that it cannot:

    python -I tests/faults/observer.py --compute URL --secrets URL --database DSN --environment NAME

Each line on standard input asks for one look: `{"calm_since": EPOCH | null}`. While something is made to fail the
clocks of deadlines and graces stand still (null): then only what must hold at every moment is judged. Each answer is a
line too: `{"now", "violations": [{"rule", "subject", "told"}], "alive", "left", "audited"}`; `left` is what the cloud
itself still has of ours, `audited` how many records were read since the beginning.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pg8000.native

ENDED = ("FAILED", "DELETED")
MINUTE = 60.0
EPSILON, GRACE, SWEEPS = 5 * MINUTE, 10 * MINUTE, 2 * MINUTE
EXACT = 5.0  # seconds by which what is charged may differ from what ran: two clocks, and hours to four decimals
STRETCH = 1.0  # a second by which each stretch between two resizes may fall short: it is cut to whole ones
ARROWS = {
    None: {"REQUESTED"},
    "REQUESTED": {"PROVISIONING", "DELETING"},
    "PROVISIONING": {"RUNNING", "DELETING"},
    "RUNNING": {"STOPPED", "DELETING"},
    "STOPPED": {"RUNNING", "DELETING"},
    "DELETING": {"FAILED", "DELETED"},
}
ADOPTED = {"RUNNING", "STOPPED"}  # as what an administrator may take over a machine that has no VM
VCPUS = re.compile(r"custom-(\d+)-|-(\d+)$")  # of the others, all with shared cores, each has two
ROWS = """SELECT id, name, state, wanted, event_number, approved_total::text, reserved_region, reserved_vcpus,
    EXTRACT(EPOCH FROM deadline_at)::float8, EXTRACT(EPOCH FROM expires_at)::float8,
    EXTRACT(EPOCH FROM switch_at)::float8, jsonb_typeof(operation::jsonb) = 'object', instance_id,
    EXISTS (SELECT FROM audit_log WHERE vm_id = vms.id AND action = 'adopted'),
    jsonb_array_length(past::jsonb) FROM vms"""
FIELDS = (
    *("id", "name", "state", "wanted", "event_number", "approved_total", "region", "vcpus"),
    # busy: an operation is in flight; resizes: how many a machine has had
    *("deadline", "end", "switch", "busy", "machine", "adopted", "resizes"),
)


class Observer:
    """What was seen so far: since when a condition has lasted, and which VMs are over and done with."""

    def __init__(self, compute: str, secrets: str, database: str, environment: str) -> None:
        self.compute, self.secrets, self.environment = compute, secrets, environment
        url = urlsplit(database)
        self.connection = pg8000.native.Connection(
            url.username or "",
            url.hostname or "",
            url.path.lstrip("/"),
            url.port or 5432,
            url.password,
            application_name="observer",
        )
        self.rule_name = re.compile(rf"vmc-{environment}-(\w+)-")
        self.since: dict[tuple[str, str], float] = {}
        self.reserved: dict[tuple[str, str], int] = {}
        self.done: set[str] = set()
        self.audited = 0

    def look(self, calm_since: float | None) -> dict[str, Any]:
        """One look at both. The cloud is read first: what is made between the readings is then no orphan."""
        cloud, secrets = self._get(f"{self.compute}/_state"), self._get(f"{self.secrets}/_state")
        now = float(self.connection.run("SELECT EXTRACT(EPOCH FROM platform_now())::float8")[0][0])
        rows = {row[0]: dict(zip(FIELDS, row, strict=True)) for row in self.connection.run(ROWS)}
        ours = list(self._ours(cloud, secrets))
        found = [*self._lasting(rows, ours, cloud, now, calm_since), *self._limits()]
        found += [*self._told(rows), *self._receipts(rows, ours, cloud)]
        return {
            "now": now,
            "violations": [{"rule": rule, "subject": subject, "told": told} for rule, subject, told in found],
            "alive": sum(row["state"] not in ENDED for row in rows.values()),
            "left": [f"{kind} {name}" for kind, name, *_ in ours],
            "audited": self.audited,
        }

    def _ours(self, cloud: Any, secrets: Any) -> Iterator[tuple[str, str, str, str, float]]:
        """Kind, name, VM, status and labelled end of everything that is of our environment."""
        for kind, plural in (("instance", "instances"), ("disk", "disks"), ("secret", None)):
            for each in cloud[plural] if plural else secrets:
                labels = each["labels"]
                if labels.get("vmc-environment") == self.environment:
                    name, end = each["name"].rpartition("/")[2], float(labels.get("vmc-end", "inf"))
                    yield kind, name, labels.get("vmc-id", ""), each.get("status", ""), end
        for rule in cloud["firewalls"]:
            if named := self.rule_name.match(rule["name"]):
                told = re.search(r"vmc-end=(\d+)", rule["description"] or "")
                yield "firewall rule", rule["name"], named[1], "", float(told[1]) if told else float("inf")

    def _lasting(
        self, rows: Any, ours: Any, cloud: Any, now: float, calm_since: float | None
    ) -> Iterator[tuple[str, str, str]]:
        """What may be so for a while and no longer, once all is calm."""
        bounds = dict(self._conditions(rows, ours, cloud, now))
        self.since = {key: self.since.get(key, now) for key in bounds}
        for (rule, subject), (grace, told) in bounds.items():
            if grace == 0 or (calm_since is not None and now - max(self.since[rule, subject], calm_since) > grace):
                yield rule, subject, told

    def _conditions(
        self, rows: Any, ours: Any, cloud: Any, now: float
    ) -> Iterator[tuple[tuple[str, str], tuple[float, str]]]:
        """Each with how long it may last in calm; 0 for what may not be at any moment."""
        machines: dict[str, list[str]] = defaultdict(list)
        for kind, name, vm_id, status, end in ours:
            row = rows.get(vm_id)
            if row is None or row["state"] in ENDED:
                grace = GRACE if row else max(GRACE, end - now + GRACE)
                yield ("G2", f"{kind} {name}"), (grace, f"its VM is {row['state'] if row else 'unknown'}")
            if kind == "instance":
                machines[vm_id].append(status)
                if row and row["end"] is not None and row["end"] <= now:
                    yield ("G4", name), (EPSILON, f"{status} since its end")
                if row and status == "RUNNING" and row["switch"] is not None and row["switch"] + MINUTE < now:
                    yield ("G4", name), (0, "it runs past its switch")
        for vm_id, row in rows.items():
            if len(machines[vm_id]) > 1:
                yield ("G1", row["name"]), (GRACE, f"{len(machines[vm_id])} machines serve it")
            wrong = {"RUNNING": "RUNNING", "STOPPED": "TERMINATED"}.get(row["state"]) not in (None, *machines[vm_id])
            if wrong and not row["busy"]:
                yield ("G1", row["name"]), (GRACE, f"{row['state']}, and in the cloud {machines[vm_id] or 'nothing'}")
            if row["deadline"] is not None and row["deadline"] <= now and row["state"] not in ("DELETING", *ENDED):
                yield ("G3", row["name"]), (SWEEPS, f"{row['state']} past its deadline")
        yield from self._crowded(cloud)

    def _crowded(self, cloud: Any) -> Iterator[tuple[tuple[str, str], tuple[float, str]]]:
        """G5 by what really is there, whatever the database has reserved."""
        limits: dict[tuple[str, str], int] = {}
        for region, vcpus, addresses in self.connection.run("SELECT id, vcpu_limit, address_limit FROM regions"):
            limits |= {(region, "vCPUs"): vcpus, (region, "addresses"): addresses}
        limits["project", "firewall rules"] = self.connection.run("SELECT firewall_rule_limit FROM project")[0][0]
        used: Counter[tuple[str, str]] = Counter()
        for each in cloud["instances"]:
            if each["labels"].get("vmc-environment") == self.environment and each["status"] != "TERMINATED":
                told, region = VCPUS.search(each["machine_type"]), each["zone"].rpartition("-")[0]
                used[region, "vCPUs"] += int(told[1] or told[2]) if told else 2
                used[region, "addresses"] += 1
        used["project", "firewall rules"] = sum(bool(self.rule_name.match(rule["name"])) for rule in cloud["firewalls"])
        for (place, what), there in used.items():
            if there > limits[place, what]:
                yield ("G5", f"{place} {what}"), (GRACE, f"{there} are there, {limits[place, what]} may be")

    def _limits(self) -> Iterator[tuple[str, str, str]]:
        """G5: no reservation takes a region or the project above its limit. One that was lowered under what is there is
        no fault."""
        query = """SELECT regions.id, 'vCPUs', vcpu_limit, COALESCE(sum(reserved_vcpus), 0)::int FROM regions
                LEFT JOIN vms ON reserved_region = regions.id GROUP BY regions.id
            UNION ALL SELECT regions.id, 'addresses', address_limit, count(vms.id)::int FROM regions
                LEFT JOIN vms ON reserved_region = regions.id GROUP BY regions.id
            UNION ALL SELECT 'project', 'firewall rules', firewall_rule_limit, (SELECT count(*)::int FROM vms
                WHERE region IS NOT NULL AND state NOT IN ('FAILED', 'DELETED')) FROM project"""
        for place, what, limit, reserved in self.connection.run(query):
            if reserved > max(limit, self.reserved.get((place, what), 0)):
                yield "G5", place, f"{reserved} {what} reserved, {limit} may be"
            self.reserved[place, what] = reserved

    def _told(self, rows: Any) -> Iterator[tuple[str, str, str]]:
        """G6: a VM's records are numbered without a gap, each begins where the last one ended, along the arrows. The
        first tells of an approval, or of an administrator's adoption."""
        query = """SELECT vm_id, vm_number, from_state, to_state, action = 'adopted' AND actor_kind = 'admin'
            FROM audit_log WHERE vm_number IS NOT NULL AND NOT vm_id = ANY(CAST(:done AS text[]))
            ORDER BY vm_id, vm_number"""
        records: dict[str, list[Any]] = defaultdict(list)
        for vm_id, *record in self.connection.run(query, done=list(self.done)):
            records[vm_id].append(record)
            self.audited += 1
        for vm_id, row in rows.items():
            if vm_id in self.done:
                continue
            told = records[vm_id]
            if [number for number, *_ in told] != list(range(1, row["event_number"] + 1)):
                yield "G6", row["name"], f"{len(told)} records of {row['event_number']} events"
            state = None
            for _, before, after, adopted in told:
                may = ADOPTED if adopted and before is None else ARROWS.get(before, set())
                if before != state or (after != before and after not in may):
                    yield "G6", row["name"], f"{state}, then a record of {before} → {after}"
                state = after
            if state != row["state"]:
                yield "G6", row["name"], f"{row['state']}, and the last record says {state}"

    def _receipts(self, rows: Any, ours: Any, cloud: Any) -> Iterator[tuple[str, str, str]]:
        """G7, and that a receipt is true: nothing that it calls gone is there, and what it charges is what its machine
        ran. A VM that passes is done with."""
        there = {(kind, name) for kind, name, *_ in ours}
        gone = {each["id"]: each for each in cloud["gone"]}
        query = "SELECT vm_id, document FROM receipts WHERE NOT vm_id = ANY(CAST(:done AS text[]))"
        receipts = dict(self.connection.run(query, done=list(self.done)))
        for vm_id, row in rows.items():
            if row["state"] not in ENDED or vm_id in self.done:
                continue
            problems = list(_untrue(receipts.get(vm_id), row, there))
            problems += _mischarged(receipts.get(vm_id), row, gone.get(row["machine"]))
            yield from (("G7", row["name"], problem) for problem in problems)
            if not problems:
                self.done.add(vm_id)

    def _get(self, url: str) -> Any:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)


def _untrue(receipt: Any, row: Any, there: set[tuple[str, str]]) -> Iterator[str]:
    if receipt is None:
        yield "it has no receipt"
        return
    metered = Decimal(receipt["metered"]["total"])
    if metered > Decimal(row["approved_total"]):
        yield f"{metered} metered, {row['approved_total']} approved"
    if not {"firewall rule", "secret"} <= {each["kind"] for each in receipt["resources"]}:
        yield "its receipt leaves out what it had"
    for each in receipt["resources"]:
        if each["found"] or (each["kind"], each["id"].rpartition("/")[2]) in there:
            yield f"{each['kind']} {each['id']} is there"


def _mischarged(receipt: Any, row: Any, machine: Any) -> Iterator[str]:
    """Not of one that vanished, or of one that was adopted: Compute does not tell when the former went, nor how the
    latter ran before."""
    if receipt is None or machine is None or machine.get("traceless") or row["adopted"]:
        return
    lines = receipt["metered"]["lines"]
    charged = 3600 * sum(float(each["quantity"]) for each in lines if each["unit"] == "machine-hour")
    ran = sum(max(min(end, row["end"] or end) - begin, 0) for begin, end in machine["runs"])
    if not ran - EXACT - STRETCH * row["resizes"] <= charged <= ran + EXACT:
        yield f"{charged:.0f} s charged, {ran:.0f} s run"


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("compute", "secrets", "database", "environment"):
        parser.add_argument(f"--{name}", required=True)
    observer = Observer(**vars(parser.parse_args()))
    for line in sys.stdin:
        print(json.dumps(observer.look(json.loads(line)["calm_since"])), flush=True)


if __name__ == "__main__":
    main()
