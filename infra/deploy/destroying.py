"""`make destroy`: the deployment and what was made for it, except what it names. Run again, it goes on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.archive import MANIFEST
from infra.deploy import upload
from infra.deploy.gcloud import Gcloud
from infra.deploy.programs import CommandFailed
from infra.deploy.release import IMAGE
from infra.deploy.settings import Settings, Wrong
from infra.deploy.terraform import Terraform, program

STAYS = (
    "gs://{prefix}-seals, the receipts' proof: nobody can delete it before its retention ends",
    "gs://{state}, what was there and when: gcloud storage rm --recursive gs://{state}",
    "the database's last backups, for as long as database.tf says: gcloud sql backups list",
    "key rings and keys, which Google never deletes (a key's versions: gcloud kms keys versions destroy), and the "
    "right of Google's services to use them, without which nobody could read what stays",
    "the network's peering with Google's services, until Google ends it; logs, for their retention",
    "APIs that were switched on, both projects, the DNS record",
    "for a week the names of the database, the queues and the log buckets: until then deploy as another ENVIRONMENT",
)
# Whose destruction hangs on the variable deletion_protection.
PROTECTED = frozenset({"google_firestore_database", "google_sql_database_instance", "google_storage_bucket"})
# The functions' way into the network: Cloud Run holds addresses of it (its documentation, "Direct VPC egress").
SUBNET, NETWORK = "google_compute_subnetwork.functions", "google_compute_network.platform"
HELD = "one to two hours after the last function is gone"
TOLD = (upload.ANSWERS, MANIFEST, IMAGE)  # the variables' files, as make deploy has left them
UNPROTECTED = "-var=deletion_protection=false"
# Terraform's own state is encrypted by a key, as are the seals: whoever may use it has to be able to for ever.
KEY_USERS = "google_kms_crypto_key_iam_member.user"


class StillThere(RuntimeError):
    """Machines of ours live, and nothing was said about them; or Google does not let go of something yet."""


@dataclass(frozen=True)
class Destruction:
    settings: Settings
    folder: Path
    say: Callable[[str], None]

    def announce(self) -> Iterator[str]:
        """A line for each kind of thing that goes, and for each that stays, with the reason."""
        told = self.settings
        self._terraform.initialise()
        resources = self._terraform.resources()
        kinds = Counter(_kind(address) for address in resources if not address.startswith("data."))
        yield "Will be gone:"
        yield from (f"  {count:4} {kind}" for kind, count in sorted(kinds.items()))
        yield f"     1 repository {told.repository_id}, 1 account {told.image_account}, 1 bucket {told.artifact_bucket}"
        yield f"In two runs: Cloud Run lets go of the network {HELD}; the second takes that away, and those last three."
        yield "Stays:"
        yield from (f"  {each.format(state=told.state_bucket, prefix=told.prefix)}" for each in STAYS)

    def machines(self) -> list[str]:
        """Those of this deployment that live, as NAME ZONE."""
        wanted = f"--filter=labels.vmc-environment={self.settings.environment}"
        found = self._vms.run("compute", "instances", "list", wanted, "--format=value(name,zone.basename())")
        return found.splitlines()

    def run(self, delete_machines: bool) -> None:
        """Raises StillThere before anything is gone, CommandFailed on the way."""
        machines = self.machines()
        if machines and not delete_machines:
            raise StillThere(
                f"{len(machines)} VMs live: {', '.join(each.split()[0] for each in machines)}. "
                "Delete them on the page, or say VMS=delete: they and what is on them will be gone, without a receipt."
            )
        terraform = self._terraform
        self._unprotect(terraform)
        for each in machines:
            name, zone = each.split()
            self.say(f"VM {name}")
            self._vms.run("compute", "instances", "delete", name, f"--zone={zone}", "--delete-disks=all")
        self._rules()
        self.say("destroy")
        if any(address.startswith(KEY_USERS) for address in terraform.resources()):
            terraform.let_go(KEY_USERS)
        terraform.plan("-destroy", UNPROTECTED)
        self._destroy(terraform)
        self._bootstrapped()

    def _destroy(self, terraform: Terraform) -> None:
        """What was planned. Raises StillThere where nothing but the network is left, which is a matter of time."""
        try:
            terraform.apply()
        except CommandFailed as error:
            left = set(terraform.resources())
            others = {_kind(address) for address in left - {SUBNET, NETWORK}}
            if SUBNET not in left or others - {"google_project_service"}:
                raise
            told = self.settings
            raise StillThere(
                f"All is gone but the network: Cloud Run holds its addresses until {HELD}. Then run again:\n"
                f"  make destroy PROJECT={told.project} ENVIRONMENT={told.environment}"
            ) from error

    def _unprotect(self, terraform: Terraform) -> None:
        """Only of what is there still: a plan of everything would make anew what an earlier run has destroyed."""
        protected = [address for address in terraform.resources() if _kind(address) in PROTECTED]
        if protected:
            self.say("lift the deletion protection")
            terraform.plan(UNPROTECTED, *(f"-target={address}" for address in protected))
            terraform.apply()

    def _rules(self) -> None:
        """The VMs' own firewall rules and secrets, found by their prefix, as the reaper finds them."""
        prefix = f"vmc-{self.settings.environment}-"
        mine = (f"--filter=name~^{prefix}", "--format=value(name)")
        for rule in self._vms.run("compute", "firewall-rules", "list", *mine).splitlines():
            self._vms.run("compute", "firewall-rules", "delete", rule)
        labelled = f"--filter=labels.vmc-environment={self.settings.environment}"
        for secret in self._vms.run("secrets", "list", labelled, "--format=value(name)").splitlines():
            self._vms.run("secrets", "delete", secret)

    def _bootstrapped(self) -> None:
        """What was made before Terraform, its state excepted."""
        told, gcloud = self.settings, Gcloud(self.settings.project)
        if gcloud.find("storage", "buckets", "describe", f"gs://{told.artifact_bucket}") is not None:
            gcloud.run("storage", "rm", "--recursive", "--all-versions", f"gs://{told.artifact_bucket}")
        where = f"--location={told.region}"
        if gcloud.find("artifacts", "repositories", "describe", told.repository_id, where) is not None:
            gcloud.run("artifacts", "repositories", "delete", told.repository_id, where)
        if gcloud.find("iam", "service-accounts", "describe", told.image_account) is not None:
            gcloud.run("iam", "service-accounts", "delete", told.image_account)

    @property
    def _terraform(self) -> Terraform:
        files = tuple(self.folder / name for name in TOLD)
        return Terraform(program(), self.settings.state_bucket, files)

    @property
    def _vms(self) -> Gcloud:
        return Gcloud(self.settings.vm_project)


def kept_settings(project: str, environment: str, folder: Path) -> Settings:
    """As it was deployed: its answers are copied into the folder from the artefact bucket, or are there still from a
    destruction that was broken off. Raises Wrong where there are none."""
    bucket = f"gs://{project}-vmc-{environment}-artifacts"
    gcloud, answers = Gcloud(project), folder / upload.ANSWERS
    if gcloud.find("storage", "buckets", "describe", bucket) is not None:
        folder.mkdir(parents=True, exist_ok=True)
        gcloud.run("storage", "cp", *(f"{bucket}/{upload.CONFIG}/{name}" for name in TOLD), str(folder))
    read = json.loads(answers.read_text(encoding="utf-8")) if answers.exists() else {}
    if (read.get("project_id"), read.get("environment")) != (project, environment):
        raise Wrong(f"{bucket} is not there: nothing is deployed in {project} as {environment}, or all of it is gone")
    return Settings.kept(read)


def _kind(address: str) -> str:
    """google_storage_bucket of module.a.google_storage_bucket.b["c"]"""
    parts = address.split("[")[0].split(".")
    return parts[-2]
