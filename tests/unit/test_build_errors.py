"""What the log of a build says of a failure, judged as Compute's own answers are."""

from __future__ import annotations

import pytest

from local.build.programs import GET_PROVIDER, GET_TERRAFORM
from shared.domain.errors import AlreadyExists, Scope
from shared.google.build_errors import from_log

# As Terraform 1.11 and the provider 7.45 write it into a build's log.
LOG = """\
starting build "b5e6a1b2"
BUILD
google_compute_firewall.access: Creating...
google_compute_instance.vm: Creating...
google_compute_instance.vm: Still creating... [10s elapsed]

{error}
  with google_compute_instance.vm,
  on main.tf line 12, in resource "google_compute_instance" "vm":
  12: resource "google_compute_instance" "vm" {{

run.sh: terraform apply failed
ERROR
ERROR: build step 0 "hashicorp/terraform" failed: step exited with non-zero status: 13
"""
NO_ROOM = (
    "The zone 'projects/vms/zones/us-west1-a' does not have enough resources available to fulfill the request.  "
    "Try a different zone, or try again later."
)
CPUS = "Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1."
EVERYWHERE = "Quota 'CPUS_ALL_REGIONS' exceeded.  Limit: 32.0 globally."
TAKEN = "The resource 'projects/vms/zones/us-west1-a/instances/django-001' already exists"
DIMENSIONS = "\tmetric name = compute.googleapis.com/gpus\n\tlimit = 4\n\tdimensions = map[region:us-west1]\n"
RULE_TAKEN = "Error: Error creating Firewall: googleapi: Error 409: The resource 'r' already exists, alreadyExists\n\n"
OF_THE_RULE = "  with google_compute_firewall.access,\n  on main.tf line 80:\n\n"


@pytest.mark.parametrize(
    ("error", "code", "scope"),
    [
        (f"Error: Error waiting for instance to create: {NO_ROOM}\n\n", "stock_out", Scope.ZONE),
        (f"Error: {NO_ROOM}\n\n", "stock_out", Scope.ZONE),
        (
            "Error: Error waiting for instance to create: A n1-standard-4 VM instance with 1 nvidia-tesla-t4 "
            "accelerator(s) is currently unavailable in the us-west1-a zone. Consider trying your request in ...\n\n",
            "stock_out",
            Scope.ZONE,
        ),
        (f"Error: Error waiting for instance to create: {CPUS}\n{DIMENSIONS}\n", "quota_exceeded", Scope.REGION),
        (f"Error: Error waiting for instance to create: {EVERYWHERE}\n\n", "quota_exceeded", Scope.PROJECT),
        (
            f"Error: Error creating instance: googleapi: Error 403: {CPUS}, quotaExceeded\n\n",
            "quota_exceeded",
            Scope.REGION,
        ),
        (
            "Error: Error creating instance: googleapi: Error 403: Required 'compute.instances.create' permission for "
            "'projects/vms/zones/us-west1-a/instances/django-001'\nMore details:\nReason: forbidden, Message: "
            "Required 'compute.instances.create' permission\n\n",
            "forbidden",
            Scope.PROJECT,
        ),
        (
            "Error: Error creating instance: googleapi: Error 403: Rate Limit Exceeded, rateLimitExceeded\n\n",
            "rate_limited",
            Scope.RATE,
        ),
        ("Error: Error creating instance: googleapi: Error 503: Backend Error\n\n", "unavailable", Scope.TRANSIENT),
        (
            "Error: Error creating instance: googleapi: Error 400: Invalid value for field 'resource.machineType': "
            "'projects/vms/zones/us-west1-a/machineTypes/c4-standard-2'. The referenced resource does not exist., "
            "invalid\n\n",
            "not_found",
            Scope.ZONE,
        ),
        (
            "Error: Failed to get existing workspaces: querying Cloud Storage failed: googleapi: Error 403: "
            "builder@vms.iam.gserviceaccount.com does not have storage.objects.list access, forbidden\n\n",
            "forbidden",
            Scope.PROJECT,
        ),
        (
            "Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions\n",
            "registry_unavailable",
            Scope.TRANSIENT,
        ),
        (
            "Error: Failed to install provider\n\nError while installing hashicorp/google: 502 Bad Gateway\n",
            "registry_unavailable",
            Scope.TRANSIENT,
        ),
        ("Error: Unsupported Terraform Core version\n", "terraform_unusable", Scope.PROJECT),
        ("Error: Invalid value for variable\n\nA name is short.\n", "terraform_unusable", Scope.PROJECT),
    ],
)
def test_the_error_in_a_log_has_the_code_and_the_scope_of_the_api_s_own(error: str, code: str, scope: Scope) -> None:
    found = from_log(LOG.format(error=error))
    assert found is not None
    assert (found.code, found.scope) == (code, scope)


def test_a_taken_name_is_told_as_such() -> None:
    error = f"Error: Error creating instance: googleapi: Error 409: {TAKEN}, alreadyExists\n\n"
    assert isinstance(from_log(LOG.format(error=error)), AlreadyExists)


def test_a_registry_s_hiccup_is_told_with_its_cause() -> None:
    found = from_log("Error: Failed to install provider\n\nError while installing hashicorp/google: 502 Bad Gateway\n")
    assert found is not None
    assert "502 Bad Gateway" in found.detail


def test_the_machine_s_error_counts_before_the_rule_s() -> None:
    error = f"{RULE_TAKEN}{OF_THE_RULE}Error: Error waiting for instance to create: {NO_ROOM}\n\n"
    found = from_log(LOG.format(error=error))
    assert found is not None
    assert found.code == "stock_out"


def test_the_frames_of_steps_and_diagnostics_are_no_part_of_the_words() -> None:
    framed = "\n".join(f"Step #0: │ {line}" for line in LOG.format(error=f"Error: {NO_ROOM}\n").splitlines())
    found = from_log(framed)
    assert found is not None
    assert (found.code, found.detail) == ("stock_out", NO_ROOM)


@pytest.mark.parametrize(
    ("why", "code", "scope"),
    [
        ('error pulling build step 0 "x": generic::unavailable: timed out', "registry_unavailable", Scope.TRANSIENT),
        ('error pulling build step 0 "x": fetching x: manifest unknown', "terraform_unusable", Scope.PROJECT),
        ("pull access denied for x, repository does not exist", "terraform_unusable", Scope.PROJECT),
    ],
)
def test_an_image_that_is_not_there_is_told_from_a_registry_that_does_not_answer(
    why: str, code: str, scope: Scope
) -> None:
    found = from_log(f'ERROR\nERROR: build step 0 "x" failed: {why}\n')
    assert found is not None
    assert (found.code, found.scope) == (code, scope)
    assert why in found.detail


NO_STEP = 'ERROR\nERROR: build step 0 "x" failed: it could not be started\n'
NO_PROVIDER = LOG.format(error="Error: Failed to query available provider packages\n\n") + GET_PROVIDER + "\n"
NO_TERRAFORM = f"terraform is not installed, and stands for the image x. {GET_TERRAFORM}"


@pytest.mark.parametrize(
    ("log", "told"), [(NO_PROVIDER, GET_PROVIDER), (f"Error: {NO_TERRAFORM}\n{NO_STEP}", NO_TERRAFORM)]
)
def test_a_machine_without_terraform_or_its_provider_says_what_to_do(log: str, told: str) -> None:
    found = from_log(log)
    assert found is not None
    assert (found.code, found.scope, found.detail) == ("terraform_unusable", Scope.PROJECT, told)


@pytest.mark.parametrize("log", ["", "BUILD\ngoogle_compute_instance.vm: Creating...\n", "Error: Provider crashed\n"])
def test_a_log_that_says_nothing_of_the_cloud_is_not_judged(log: str) -> None:
    assert from_log(log) is None


def test_an_instance_s_name_is_not_read_as_an_error() -> None:
    assert from_log("google_compute_instance.vm: Creation of 'googleapi: Error 403: x, quotaExceeded'\n") is None
