"""What has to be there before anything is made: each thing that is not, with what to do about it."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

from infra.deploy import terraform
from infra.deploy.gcloud import Gcloud
from infra.deploy.programs import CommandFailed
from infra.deploy.settings import Settings

TIMEOUT = 30.0  # seconds
# A sample of what the deployment does; who has all of these can make the rest.
PLATFORM_RIGHTS = (
    "artifactregistry.repositories.create",
    "cloudbuild.builds.create",
    "cloudfunctions.functions.create",
    "cloudkms.keyRings.create",
    "cloudsql.instances.create",
    "compute.networks.create",
    "iam.roles.create",
    "iam.serviceAccounts.create",
    "pubsub.topics.create",
    "resourcemanager.projects.setIamPolicy",
    "run.services.update",
    "secretmanager.secrets.create",
    "serviceusage.services.enable",
    "storage.buckets.create",
)
VM_RIGHTS = (
    "compute.networks.create",
    "iam.roles.create",
    "resourcemanager.projects.setIamPolicy",
    "serviceusage.services.enable",
)
# Of the account that a budget is made in: the builds of releases are let in there.
BILLING_RIGHTS = ("billing.accounts.setIamPolicy", "billing.budgets.create")
TEST_RIGHTS = "https://cloudresourcemanager.googleapis.com/v3/projects/{project}:testIamPermissions"
TEST_BILLING = "https://cloudbilling.googleapis.com/v1/billingAccounts/{account}:testIamPermissions"


class Problem(NamedTuple):
    what: str
    remedy: str


class Numbers(NamedTuple):
    """The projects' numbers."""

    project: str
    vm_project: str


def problems(
    settings: Settings, test_rights: str = TEST_RIGHTS, test_billing: str = TEST_BILLING
) -> tuple[list[Problem], Numbers]:
    """All that stands in the way; the numbers are right where nothing does."""
    if not shutil.which("gcloud"):
        return [Problem("gcloud is not installed", "https://cloud.google.com/sdk/docs/install")], Numbers("", "")
    found = [*_terraform(), *_signed_in(settings)]
    if found:
        return found, Numbers("", "")
    numbers = []
    for project, rights in ((settings.project, PLATFORM_RIGHTS), (settings.vm_project, VM_RIGHTS)):
        wrong, number = _project(project, rights, test_rights)
        found += wrong
        numbers.append(number)
    if account := settings.billing_account:
        remedy = (
            f"ask who administers {account} for roles/billing.admin for the time of the deployment, or leave it out"
        )
        asked = test_billing.format(account=account)
        found += _lacking(Gcloud(settings.project), account, BILLING_RIGHTS, asked, remedy)
    return found, Numbers(*numbers)


def _terraform() -> Iterator[Problem]:
    try:
        terraform.program()
    except terraform.NotInstalled as error:
        yield Problem(
            str(error), "https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install/"
        )


def _signed_in(settings: Settings) -> Iterator[Problem]:
    gcloud = Gcloud(settings.project)
    if not gcloud.run("auth", "list", "--filter=status:ACTIVE", "--format=value(account)"):
        yield Problem("nobody is signed in to gcloud", "gcloud auth login")
    try:
        gcloud.run("auth", "application-default", "print-access-token")
    except CommandFailed:
        yield Problem("Terraform has no credentials", "gcloud auth application-default login")


def _project(project: str, rights: tuple[str, ...], test_rights: str) -> tuple[list[Problem], str]:
    gcloud = Gcloud(project)
    try:
        described = gcloud.read("projects", "describe", project)
    except CommandFailed:
        return [
            Problem(f"the project {project} is not there, or not yours to see", f"gcloud projects create {project}")
        ], ""
    if described.get("lifecycleState") != "ACTIVE":
        return [
            Problem(f"the project {project} is being deleted", f"gcloud projects undelete {project}, or another")
        ], ""
    found = []
    if not gcloud.read("billing", "projects", "describe", project).get("billingEnabled"):
        link = f"gcloud billing projects link {project} --billing-account=ACCOUNT"
        found.append(Problem(f"{project} has no billing account", f"{link} (gcloud billing accounts list)"))
    remedy = f"ask an owner of {project} for roles/owner for the time of the deployment"
    found += _lacking(gcloud, project, rights, test_rights.format(project=project), remedy)
    return found, str(described["projectNumber"])


def _lacking(gcloud: Gcloud, where: str, rights: tuple[str, ...], url: str, remedy: str) -> Iterator[Problem]:
    try:
        missing = sorted(set(rights) - _granted(gcloud, rights, url))
    except OSError as error:
        yield Problem(f"{url.partition(':test')[0]} does not answer: {error}", "try again")
        return
    if missing:
        yield Problem(f"you lack in {where}: {', '.join(missing)}", remedy)


def _granted(gcloud: Gcloud, rights: tuple[str, ...], url: str) -> set[str]:
    """Which of the rights the person has. gcloud has no command for it, so the API itself is asked."""
    request = urllib.request.Request(  # noqa: S310 - Google's own address
        url,
        data=json.dumps({"permissions": rights}).encode(),
        headers={
            "Authorization": f"Bearer {gcloud.run('auth', 'print-access-token')}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return set(json.loads(answer.read()).get("permissions", ()))
    except urllib.error.HTTPError:
        return set()
