"""The deployment's files against the code that they deploy, and against themselves: without Terraform."""

from __future__ import annotations

import json
import re

import pytest

from infra.stage import FUNCTIONS, PUBLIC
from local.frontdoor.routing import TABLE, rules
from shared.catalog.regions import DEFAULT_REGIONS, regions
from shared.config import Settings
from tests.terraform.planning import READ
from tests.terraform.reading import FOLDER, ROOT, blocks, local, resources, settings_read, variables_of

FRAMEWORK = {"FUNCTION_USE_ASGI"}  # the functions framework's own, not ours
# Said to all of them: who they are.
IDENTITY = {"ENVIRONMENT", "GCP_PROJECT_ID"}
# What Settings wants beside another variable, whoever reads it.
COMPANIONS = {
    "SMTP_FROM",
    "STATE_BUCKET",
    "BUILD_SOURCE_BUCKET",
    "BUILD_LOGS_BUCKET",
    "BUILD_SERVICE_ACCOUNT",
    "TERRAFORM_IMAGE",
}
# Read on a way that this function never goes, so it gets its default.
UNNEEDED = {
    "request": {"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"},  # it prices, and asks no model
    "admin": {"DEAD_LETTER_SUBSCRIPTION"},  # it shows what the reaper has collected
}

# The clients of shared/google/, by what a permission calls their resources; Secret Manager's methods, by permission.
COMPUTE = {
    "instances": "instances",
    "disks": "disks",
    "firewalls": "firewalls",
    "operations": "zoneOperations",
    "regions": "regions",
    "projects": "projects",
}
SECRETS = {
    "create_secret": "secretmanager.secrets.create",
    "get_secret": "secretmanager.secrets.get",
    "update_secret": "secretmanager.secrets.update",
    "delete_secret": "secretmanager.secrets.delete",
    "list_secrets": "secretmanager.secrets.list",
    "add_secret_version": "secretmanager.versions.add",
    "access_secret_version": "secretmanager.versions.access",
    "list_secret_versions": "secretmanager.versions.list",
}
# What those calls need beside their own permission, and the one call that is made without a client.
BESIDE = {
    "compute.disks.create",
    "compute.disks.use",
    "compute.instances.setTags",
    "compute.networks.updatePolicy",
    "monitoring.timeSeries.list",
}
# What Terraform's provider asks besides.
BESIDE |= {"compute.globalOperations.get", "compute.networks.get", "compute.subnetworks.get", "compute.zones.get"}

BUCKET_GRANT = "google_storage_bucket_iam_member"


def given(function: str) -> set[str]:
    secrets = {secret for secret, readers in local("secret_readers").items() if function in readers}
    groups = (variables_of(local("groups")[group]) for group in local("needs")[function])
    return set().union(*groups) | secrets | {"DATABASE_USER", "DATABASE_POOL"}


def ever_given() -> set[str]:
    return set().union(*(given(name) for name in local("needs")))


def test_there_is_a_function_for_every_folder_and_the_public_ones_are_the_same_everywhere() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/main.py")}
    assert folders == set(FUNCTIONS) == set(local("functions"))
    assert {name for name, about in local("functions").items() if about["public"]} == set(PUBLIC)
    assert {rule.function for rule in rules()} == set(PUBLIC)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_given_every_setting_that_it_reads_and_no_other(function: str) -> None:
    read, has = settings_read(function), given(function)
    assert (read & ever_given()) - has - UNNEEDED.get(function, set()) == set(), "read, and not given"
    assert has - read - FRAMEWORK - IDENTITY - COMPANIONS == set(), "given, and not read"
    assert not UNNEEDED.get(function, set()) & has


def test_what_is_given_is_a_setting_and_what_settings_may_not_say_is_exactly_that() -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert ever_given() - FRAMEWORK <= known
    assert set(local("reserved_settings")) == (ever_given() - FRAMEWORK) | {"DATABASE_URL"}


def test_the_connections_of_all_copies_of_both_revisions_fit_the_database() -> None:
    functions = local("functions").values()
    kept, most = int(local("connections_kept")), _default("database", "max_connections")
    assert 2 * sum(each["instances"] * each["pool"] for each in functions) + kept <= most
    assert all(1 <= each["pool"] <= 4 for each in functions)


def test_the_vms_regions_are_the_catalogues_and_the_routes_one_table() -> None:
    assert {each.id for each in DEFAULT_REGIONS} == set(regions())
    said = {name: str(local(name)) for name in ("vm_regions", "routes", "page_headers")}
    assert "catalog/data/regions.json" in said["vm_regions"]
    assert said["routes"].endswith(f'/../{TABLE.name}"))}}')
    assert "page_headers.json" in said["page_headers"]


def test_a_copy_for_terraform_has_every_file_that_the_modules_read() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.tf"))
    read = {
        (FOLDER / path).resolve().relative_to(ROOT).as_posix()
        for path in re.findall(r"\$\{path\.module\}/([^\"]+)", text)
    }
    assert read == set(READ) - {"infra/terraform"}


def test_every_call_of_compute_and_of_secret_manager_is_allowed_by_a_role_and_no_role_allows_more() -> None:
    allowed = {permission for role in local("vm_roles").values() for permission in role["permissions"]}
    calls = {
        (client, method)
        for path in (ROOT / "shared" / "google").glob("*.py")
        for client, method in re.findall(r"self\._([a-z]+)\.([a-z_]+)\b", path.read_text())
    }
    needed = {f"compute.{COMPUTE[client]}.{_permission(method)}" for client, method in calls if client in COMPUTE} | {
        SECRETS[method] for _, method in calls if method in SECRETS
    }
    assert len(needed) > 20
    assert needed <= allowed
    assert allowed - needed == BESIDE


def test_no_rule_lets_everybody_in_and_no_role_is_primitive() -> None:
    text = "\n".join(path.read_text() for path in FOLDER.rglob("*.tf"))
    assert not re.findall(r"roles/(?:owner|editor|viewer)\b", text)
    assert "compute@developer" not in text
    walls = [body for kind, _, body in resources() if kind == "google_compute_firewall"]
    assert len(walls) >= 7
    for body in walls:
        assert "allow" not in body or body["direction"] == "EGRESS" or body["source_ranges"] != ["0.0.0.0/0"]


def test_what_holds_data_is_protected() -> None:
    found = {(kind, name): body for kind, name, body in resources()}
    database = found["google_sql_database_instance", "registry"]
    assert database["deletion_protection"] == "${var.deletion_protection}"
    assert _default("deletion_protection") is True
    assert found["google_kms_crypto_key", "key"]["deletion_policy"] == "ABANDON"
    assert found["google_storage_bucket", "seals"]["deletion_policy"] == "ABANDON"
    assert found["google_pubsub_subscription", "wake"]["dead_letter_policy"]
    assert found["google_pubsub_subscription", "dead"]


def test_every_variable_is_typed_and_described_and_no_secret_is_kept() -> None:
    variables = {name: body for file in blocks() for each in file.get("variable", ()) for name, body in each.items()}
    assert len(variables) > 20
    for name, body in variables.items():
        assert body["type"], name
        assert len(body["description"]) > 15, name
    assert variables["secret_values"]["ephemeral"] is variables["secret_values"]["sensitive"] is True
    version = next(body for kind, _, body in resources() if kind == "google_secret_manager_secret_version")
    assert "secret_data_wo" in version
    assert "secret_data" not in version


def test_the_first_build_can_replace_nothing_that_was_approved() -> None:
    """Neither an archive, nor the state that its plan was made on."""
    grants = [each for each in local("bucket_grants").values() if each["worker"] == "plan"]
    rights = {
        (bucket, each["role"]) for each in grants for bucket in re.findall(r'bootstrapped\["(\w+)', each["bucket"])
    }
    assert rights == {("artifacts", "objectCreator"), ("artifacts", "objectViewer"), ("state", "objectViewer")}
    (lock,) = [body for kind, name, body in resources() if (kind, name) == (BUCKET_GRANT, "plan_lock")]
    assert lock["condition"][0]["expression"] == "resource.name.endsWith('/default.tflock')"


def test_the_first_build_may_read_all_that_it_plans() -> None:
    assert {"compute.networkViewer", "serviceusage.serviceUsageConsumer"} <= set(local("plan_roles"))
    assert "cloudbilling" in str(local("services"))


@pytest.mark.parametrize("kind", ["billing_budget", "firebaserules_release", "firebaserules_ruleset"])
def test_an_api_that_wants_a_project_to_bill_is_told_one(kind: str) -> None:
    (body,) = [body for found, _, body in resources() if found == f"google_{kind}"]
    assert body["provider"] == "${google.billing}"


def test_alerts_are_made_once_their_metrics_are_known() -> None:
    found = {(kind, name): body for kind, name, body in resources()}
    body = found["google_monitoring_alert_policy", "alert"]
    assert "${google_cloudfunctions2_function.function}" in body["depends_on"]


def test_every_exception_from_the_checks_says_why() -> None:
    skipped = [
        line for path in FOLDER.rglob("*.tf") for line in path.read_text().splitlines() if "checkov:skip" in line
    ]
    assert len(skipped) > 10
    for line in skipped:
        assert re.fullmatch(r"\s*# checkov:skip=CKV2?_GCP_\d+:.{10,}", line), line


def test_the_metrics_count_messages_that_the_code_logs() -> None:
    said = "".join(path.read_text() for path in (ROOT / "shared").rglob("*.py"))
    messages = re.findall(
        r'jsonPayload\.message=\\?"([^"\\]+)', json.dumps(local("log_metrics")).replace('\\\\\\"', '"')
    )
    assert len(messages) >= 5
    for message in messages:
        assert f'"{message}"' in said, message


def _default(name: str, field: str | None = None) -> object:
    """The default of a variable, or of a field of its object."""
    (body,) = [each[name] for file in blocks() for each in file.get("variable", ()) if name in each]
    if field is None:
        return body["default"]
    found = re.search(rf"{field}\W+optional\(number, (\d+)\)", str(body["type"]))
    assert found is not None
    return int(found[1])


def _permission(method: str) -> str:
    """A client's method as IAM's verb: insert_unary → create, set_labels_unary → setLabels."""
    words = method.removesuffix("_unary").split("_")
    verb = words[0] + "".join(word.capitalize() for word in words[1:])
    return {"insert": "create", "aggregatedList": "list", "patch": "update"}.get(verb, verb)
