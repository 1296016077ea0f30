"""gcloud and terraform as far as a deployment asks them, in place of the programs: what there is, every command line,
and what Google documents where it matters (a service whose traffic says LATEST follows the newest revision; one that is
pinned keeps its split)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import programs
from infra.deploy.programs import CommandFailed

FUNCTIONS = ("accounts", "suggest", "request", "provision", "status", "reaper", "admin")
DIGEST = "sha256:" + "5" * 64
SEALS = "storage buckets gs://my-vms-vmc-prod-seals"  # what no destruction takes away, as the keys
KEYS = ("firestore", "secrets", "sql", "storage")
NETWORK = (
    "google_compute_network.platform",
    "google_compute_subnetwork.functions",
    'google_project_service.api["platform/compute"]',
)
NEW: dict[str, Any] = {
    "calls": [],
    "things": [],  # buckets, repositories, accounts, images, by name
    "services": {},
    "bucket_copies": [],
    "zips": {},
    "planned": None,
    "secrets": {},  # the number of each that has been written
    "key_users": [],  # those of Google's services that may use the keys
    "key_users_known": [],  # those that Terraform's state knows
    "machines": [],
    "network": [],  # what Terraform's state has of it
    "network_held": False,  # Cloud Run has not let go of its addresses
    "refuse": "",  # a command line that contains this is refused
}


class Refused(Exception):
    """Ends the command with these words."""


class StandIn:
    """One emulated Google: `execute` stands for infra.deploy.programs.execute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state: dict[str, Any] = json.loads(json.dumps(NEW)) | {"config": str(folder / "config")}

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand for both programs, on a machine that has neither too."""
        for program in ("gcloud", "terraform"):
            path = self.folder / "bin" / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o755)
        monkeypatch.setenv("PATH", f"{self.folder / 'bin'}:/usr/bin:/bin")
        monkeypatch.setattr(programs, "execute", self.execute)

    def execute(self, command: list[str], **_: Any) -> str:
        program, *words = command
        self.state["calls"].append(command)
        try:
            if self.state["refuse"] and self.state["refuse"] in " ".join(words):
                raise Refused("ERROR: refused by the test")
            return (gcloud if program == "gcloud" else terraform)(self.state, words)
        except Refused as error:
            raise CommandFailed(command, str(error)) from None

    def calls(self, program: str = "", containing: str = "") -> list[str]:
        """The command lines so far, in their order."""
        lines = [" ".join(words) for words in self.state["calls"]]
        return [line for line in lines if line.startswith(program) and containing in line]

    def serving(self) -> dict[str, str]:
        """Which revision of each service has all the traffic."""
        return {name: split(service)[0]["revisionName"] for name, service in self.state["services"].items()}


def split(service: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The traffic as Cloud Run states it."""
    newest = service["revisions"][-1]
    serving = {"revisionName": service["pinned"] or newest, "percent": 100}
    if not service["pinned"]:
        serving["latestRevision"] = True
    tags = [
        {"revisionName": revision, "tag": tag, "url": f"https://{tag}---{newest}.run.app"}
        for tag, revision in service["tags"].items()
    ]
    return [serving, *tags]


def described(name: str, service: Mapping[str, Any]) -> dict[str, Any]:
    newest = service["revisions"][-1]
    ready = service["revisions"][0] if service.get("broken") else newest
    status = {"latestCreatedRevisionName": newest, "latestReadyRevisionName": ready, "url": f"https://{name}.run.app"}
    return {"status": status | {"traffic": split(service)}}


def update_traffic(state: dict[str, Any], words: list[str]) -> str:
    service = state["services"][words[3]]
    for word in words:
        flag, _, value = word.partition("=")
        if flag == "--to-revisions":
            revision = value.partition("=")[0]
            if revision not in service["revisions"]:
                raise Refused(f"Revision {revision} does not exist")
            service["pinned"] = revision
        elif flag == "--update-tags":
            tag, _, revision = value.partition("=")
            service["tags"][tag] = revision
        elif flag == "--remove-tags":
            del service["tags"][value]
    return ""


def apply(state: dict[str, Any]) -> str:
    """A new revision of each function whose zip is another than it was."""
    files = state["planned"]
    if files == "targets":
        return ""
    if files is None:
        state["services"], state["zips"] = {}, {}
        state["key_users"] = [each for each in state["key_users"] if each not in state["key_users_known"]]
        state["key_users_known"] = []
        if state["network_held"]:
            raise Refused("resourceInUseByAnotherResource")
        state["network"] = []
        return ""
    answers: dict[str, Any] = {}
    for file in files:
        answers |= json.loads(Path(file).read_text())
    state["key_users"] = state["key_users_known"] = list(KEYS)
    state["network"] = list(NETWORK)
    state["secrets"] = answers.get("secret_versions", {})
    if SEALS not in state["things"]:
        state["things"].append(SEALS)
    for function, zip_file in answers["functions"].items():
        name = f"vmc-prod-{function}"
        service = state["services"].setdefault(name, {"revisions": [], "pinned": "", "tags": {}})
        if state["zips"].get(function) != zip_file["sha256"]:
            state["zips"][function] = zip_file["sha256"]
            service["revisions"].append(f"{name}-{len(service['revisions']) + 1:05}")
    return ""


def outputs(state: Mapping[str, Any]) -> str:
    if not state["services"]:
        return "{}"
    said = {
        "url": "https://vms.example.com",
        "dns_record": "vms.example.com. 300 IN A 203.0.113.7",
        "load_balancer_ip": "203.0.113.7",
        "certificate": "vmc-prod",
        "page_bucket": "page",
        "function_services": {function: f"vmc-prod-{function}" for function in FUNCTIONS},
        "migrate_job": "vmc-prod-migrate",
        "smoke_job": "vmc-prod-smoke",
        "secret_versions": state["secrets"],
        "release_topic": "vmc-prod-release",
        "service_accounts": {"plan": "vmc-prod-plan@my-vms.iam.gserviceaccount.com"},
    }
    return json.dumps({name: {"value": value} for name, value in said.items()})


def terraform(state: dict[str, Any], words: list[str]) -> str:
    verb = next(word for word in words if not word.startswith("-"))
    if verb == "version":
        return json.dumps({"terraform_version": "1.11.4"})
    if verb == "plan":
        files = [word.partition("=")[2] for word in words if word.startswith("-var-file=")]
        targets = [word for word in words if word.startswith("-target=")]
        state["planned"] = "targets" if targets else None if "-destroy" in words else files
    elif verb == "apply":
        return apply(state)
    elif verb == "output":
        return outputs(state)
    elif verb == "state" and "rm" in words:
        if not state["key_users_known"]:
            raise Refused("Error: Invalid target address: No matching objects found.")
        state["key_users_known"] = []
    elif verb == "state":
        database = ["google_sql_database_instance.registry"] if state["services"] else []
        functions = [f'google_cloudfunctions2_function.function["{name}"]' for name in state["services"]]
        users = [f'google_kms_crypto_key_iam_member.user["{name}"]' for name in state["key_users_known"]]
        return "\n".join(database + functions + users + state["network"])
    return ""


def thing(state: dict[str, Any], words: list[str]) -> str:
    """describe, create and delete of what has a name and nothing else that matters here."""
    verb, kind = next(word for word in words if word in ("describe", "create", "delete")), " ".join(words[:2])
    name = words[words.index(verb) + 1].partition("@")[0]
    key = f"{kind} {name}"
    if verb == "create":
        state["things"].append(key)
    elif verb == "delete":
        state["things"].remove(key)
    elif key not in state["things"]:
        raise Refused(f"ERROR: {name} not found: 404.")
    return "{}"


def image(state: dict[str, Any], words: list[str]) -> str:
    if words[4] not in state["things"]:
        raise Refused("ERROR: (gcloud.artifacts.docker.images.describe) Image not found.")
    return json.dumps({"image_summary": {"fully_qualified_digest": f"{words[4].rpartition(':')[0]}@{DIGEST}"}})


def submit(state: dict[str, Any], words: list[str]) -> str:
    told = next(word for word in words if word.startswith("--substitutions="))
    name = next((each for each in told.partition("=")[2].split(",") if each.startswith("_IMAGE=")), "")
    state["things"].append(name.partition("=")[2])
    return ""


def remove(state: dict[str, Any], words: list[str]) -> str:
    state["things"].remove(f"storage buckets {words[-3]}")
    return ""


def copy(state: dict[str, Any], words: list[str]) -> str:
    """Remembers what went where; from a bucket comes a file's content where the test has put one."""
    paths = [word for word in words[2:] if not word.startswith("--")]
    state["bucket_copies"].append(paths)
    source, target = paths[0], Path(paths[-1])
    kept = Path(state["config"])
    if "/config/" in source:
        for each in paths[:-1]:
            (target / Path(each).name).write_bytes((kept / Path(each).name).read_bytes())
    elif "/config/" in paths[-1]:
        kept.mkdir(parents=True, exist_ok=True)
        for each in paths[:-1]:
            (kept / Path(each).name).write_bytes(Path(each).read_bytes())
    elif source.startswith("gs://"):
        target.write_text("the page that was")
    return ""


def answered(state: dict[str, Any], words: list[str]) -> str:
    """The rest: a fixed answer for each question, nothing for an order."""
    line = " ".join(words)
    if line.startswith("run services describe"):
        if words[3] not in state["services"]:
            raise Refused(f"ERROR: (gcloud.run.services.describe) Cannot find service [{words[3]}]")
        return json.dumps(described(words[3], state["services"][words[3]]))
    if line.startswith("projects describe"):
        return json.dumps({"lifecycleState": "ACTIVE", "projectNumber": "123456789012"})
    if line.startswith("storage objects describe"):
        there = Path(state["config"], Path(words[3]).name).exists() if "/config/" in words[3] else state["services"]
        return "{}" if there else refuse(f"ERROR: {words[3]} not found: 404.")
    if line.startswith("kms keys list"):
        return json.dumps([{"name": f"a/ring/cryptoKeys/{key}"} for key in KEYS if SEALS in state["things"]])
    if line.startswith("storage cat"):
        return Path(state["config"], Path(words[2]).name).read_text()
    if line.startswith("compute instances list"):
        return "\n".join(state["machines"])
    if line.startswith(("compute firewall-rules list", "secrets list")):
        return "vmc-prod-p287cw47d79y-access" if state["machines"] else ""
    fixed = {
        "auth list": "me@example.com",
        "auth print-access-token": "token",
        "billing projects describe": json.dumps({"billingEnabled": True}),
        "run jobs execute": "vmc-prod-migrate-x7k2p",
        "logging read": "https://vms.example.com/signup?invitation=once",
        "compute ssl-certificates describe": "ACTIVE",
    }
    return next((answer for start, answer in fixed.items() if line.startswith(start)), "")


def refuse(words: str) -> str:
    raise Refused(words)


GCLOUD: dict[str, Callable[[dict[str, Any], list[str]], str]] = {
    "run services update-traffic": update_traffic,
    "artifacts docker images describe": image,
    "builds submit": submit,
    "storage cp": copy,
    "storage rm": remove,
    **{
        f"{kind} {verb}": thing
        for kind in ("storage buckets", "artifacts repositories", "iam service-accounts")
        for verb in ("describe", "create", "delete")
    },
}


def gcloud(state: dict[str, Any], words: list[str]) -> str:
    line = " ".join(words)
    chosen = next((act for start, act in GCLOUD.items() if line.startswith(start)), answered)
    return chosen(state, words)
