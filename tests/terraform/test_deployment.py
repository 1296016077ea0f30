"""The deployment, planned whole by the real Terraform and the real provider: what was promised of it is in the plan."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import Any

import pytest

from infra.stage import FUNCTIONS, PUBLIC
from local.frontdoor.app import PAGE_HEADERS
from local.frontdoor.routing import function_for, rules
from shared.catalog.regions import DEFAULT_REGIONS
from shared.config import Settings
from tests.terraform.planning import ANSWERS, SECRETS, ZEROS, Plan, Resource, Workspace, workspace
from tests.terraform.url_maps import service

PRIMITIVE = {"roles/owner", "roles/editor", "roles/viewer"}
INSIDE = set(FUNCTIONS) - set(PUBLIC)
REGIONS = {each.id for each in DEFAULT_REGIONS}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workspace(tmp_path_factory.mktemp("deployment"))


@pytest.fixture(scope="module")
def plan(place: Workspace) -> Plan:
    return place.plan(ANSWERS)


def test_it_is_formatted_and_valid_and_keeps_its_own_rules(place: Workspace) -> None:
    place.terraform("fmt", "-check", "-recursive", "-diff")
    place.terraform("validate")
    place.terraform("test")


def test_each_function_is_deployed_from_its_own_zip_as_its_own_account(plan: Plan) -> None:
    functions = {each.index: each for each in plan.all("cloudfunctions2_function")}
    assert set(functions) == set(FUNCTIONS)
    accounts = {each.index: each.values["account_id"] for each in plan.all("service_account")}
    assert len(set(accounts.values())) == len(accounts)
    for name, function in functions.items():
        build, service = function.block("build_config"), function.block("service_config")
        assert build["source"][0]["storage_source"][0]["object"] == f"functions/{name}-{ZEROS}.zip"
        assert service["service_account_email"].split("@")[0] == accounts[name]
        assert service["all_traffic_on_latest_revision"] is False
        assert build["service_account"].endswith(f"/{accounts['package']}@vmc-platform.iam.gserviceaccount.com")


@pytest.mark.parametrize("name", [*FUNCTIONS, "migrate"])
def test_each_is_configured_so_that_it_starts(plan: Plan, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in plan.environment(name).items():
        monkeypatch.setenv(variable, value)
    read = Settings()
    assert read.instance_connection_name == "vmc-platform:europe-west2:vmc-prod"
    assert read.database_user == f"vmc-prod-{name}@vmc-platform.iam"


def test_a_secret_is_for_those_that_need_it_and_nowhere_in_the_plan(plan: Plan) -> None:
    readers = {
        secret["key"]: {each.index for each in plan.all("cloudfunctions2_function") if secret in _secrets(each)}
        for secret in chain.from_iterable(_secrets(each) for each in plan.all("cloudfunctions2_function"))
    }
    assert readers == {"OPENAI_API_KEY": {"suggest", "admin"}, "HOOK_KEY": {"accounts", "reaper"}}
    granted = {str(each.index) for each in plan.all("secret_manager_secret_iam_member")}
    assert granted == {f"{secret}/{reader}" for secret, those in readers.items() for reader in those}
    assert not [value for value in SECRETS.values() if value in plan.document]


def test_the_public_are_reached_by_the_load_balancer_alone_and_the_others_from_inside(plan: Plan) -> None:
    ingress = {
        each.index: each.block("service_config")["ingress_settings"] for each in plan.all("cloudfunctions2_function")
    }
    assert {name for name in ingress if ingress[name] == "ALLOW_INTERNAL_AND_GCLB"} == set(PUBLIC)
    assert {name for name in ingress if ingress[name] == "ALLOW_INTERNAL_ONLY"} == INSIDE
    callers = {each.index: each.values["member"] for each in plan.all("cloud_run_v2_service_iam_member")}
    assert {index for index, member in callers.items() if member == "allUsers"} == {
        f"{name}/everybody" for name in PUBLIC
    }
    assert set(callers) - {f"{name}/everybody" for name in PUBLIC} == {
        "provision/push",
        "provision/tasks",
        "reaper/scheduler",
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_url_map_sends_every_method_and_path_where_the_front_door_does(plan: Plan, method: str) -> None:
    route_rules = plan.one("compute_url_map", "front").block("path_matcher")["route_rules"]
    table = rules()
    paths = {path.replace("/*", "/x/y") for rule in table for path in rule.paths}
    for path in sorted(paths | {"/api/nothing", "/api/vms/a:stop", "/", "/vms/a", "/apis", "/api"}):
        expected = function_for(method, path, table)
        if expected is None:  # under /api any function answers that there is no such thing; else it is the page
            expected = "status" if path.startswith("/api/") else "page"
        assert service(route_rules, method, path) == f"vmc-prod-{expected}", (method, path)


def test_the_page_has_the_front_doors_headers_and_opens_deep_links_while_a_functions_404_stays(plan: Plan) -> None:
    url_map = plan.one("compute_url_map", "front")
    matcher = url_map.block("path_matcher")
    *others, page = sorted(matcher["route_rules"], key=lambda rule: rule["priority"])
    set_there = {
        each["header_name"]: each["header_value"] for each in page["header_action"][0]["response_headers_to_add"]
    }
    assert set_there == PAGE_HEADERS
    (answer,) = page["custom_error_response_policy"][0]["error_response_rule"]
    assert (answer["path"], answer["override_response_code"]) == ("/index.html", 200)
    assert {"403", "404"} == set(answer["match_response_codes"])
    above = [url_map.values["default_custom_error_response_policy"], matcher["default_custom_error_response_policy"]]
    assert not any([*above, *(rule["custom_error_response_policy"] for rule in others)])
    assert plan.one("compute_backend_bucket", "page").values["enable_cdn"] is True


def test_http_is_answered_with_the_way_to_https_and_tls_is_modern(plan: Plan) -> None:
    redirect = plan.one("compute_url_map", "redirect").block("default_url_redirect")
    assert redirect["https_redirect"] is True
    assert plan.one("compute_ssl_policy", "front").values["min_tls_version"] == "TLS_1_2"
    assert plan.one("compute_managed_ssl_certificate", "front").block("managed")["domains"] == ["vms.example.com"]
    ports = {each.values["port_range"] for each in plan.all("compute_global_forwarding_rule")}
    assert ports == {"80", "443"}
    for backend in plan.all("compute_backend_service"):
        assert "google_compute_security_policy.api" in plan.references("google_compute_backend_service.function"), (
            backend
        )


def test_nobody_is_let_in_but_identity_aware_proxy_and_no_vm_calls_another(plan: Plan) -> None:
    walls = plan.all("compute_firewall")
    incoming = [each for each in walls if each.values["direction"] == "INGRESS" and each.values["allow"]]
    assert [each.values["source_ranges"] for each in incoming] == [["35.235.240.0/20"]]
    refused = {each.name for each in walls if each.values["deny"] and each.values["source_ranges"] == ["0.0.0.0/0"]}
    assert refused == {"platform_nothing_in", "vms_nothing_in"}
    assert "10.0.0.0/8" in plan.one("compute_firewall", "vms_not_each_other").values["destination_ranges"]
    # The sweep destroys what is named as a VM's is.
    in_vm_project = [each for each in walls if each.values["project"] == "vmc-machines"]
    assert len(in_vm_project) == 3
    assert not [each for each in in_vm_project if each.values["name"].startswith("vmc-prod-")]


def test_every_region_has_a_subnet_of_the_networks_name_and_a_way_out(plan: Plan) -> None:
    subnets = {each.index: each.values for each in plan.all("compute_subnetwork") if each.name == "vms"}
    assert set(subnets) == REGIONS == {each.index for each in plan.all("compute_router_nat")}
    assert {each["name"] for each in subnets.values()} == {plan.one("compute_network", "vms").values["name"]}
    assert len({each["ip_cidr_range"] for each in subnets.values()}) == len(REGIONS)


def test_the_database_is_private_and_comes_back_to_any_moment(plan: Plan) -> None:
    database = plan.one("sql_database_instance", "registry")
    settings = database.block("settings")
    address, backups = settings["ip_configuration"][0], settings["backup_configuration"][0]
    assert address["ipv4_enabled"] is False
    assert address["ssl_mode"] == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    assert settings["connector_enforcement"] == "REQUIRED"
    assert backups["enabled"] is backups["point_in_time_recovery_enabled"] is True
    assert database.values["deletion_protection"] is settings["deletion_protection_enabled"] is True
    flags = {each["name"]: each["value"] for each in settings["database_flags"]}
    assert flags["cloudsql.iam_authentication"] == "on"
    assert {each.values["type"] for each in plan.all("sql_user")} == {"CLOUD_IAM_SERVICE_ACCOUNT"}
    assert {each.index for each in plan.all("sql_user")} == {*FUNCTIONS, "migrate"}
    assert int(flags["max_connections"]) >= sum(
        _most_connections(each) for each in plan.all("cloudfunctions2_function")
    )


def test_the_live_documents_are_locked_and_forgotten(plan: Plan) -> None:
    assert plan.one("firestore_database", "live").values["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    rules_said = plan.one("firebaserules_ruleset", "locked").block("source")["files"][0]["content"]
    assert re.findall(r"allow .*", rules_said) == ["allow read, write: if false;"]
    forgotten = plan.one("firestore_field", "forgotten")
    after = int(forgotten.block("ttl_config")["expiration_offset"].removesuffix("s"))
    assert after > Settings(database_url="postgresql://u@localhost/d").longest_switch.total_seconds()


def test_what_wakes_shows_who_it_is_and_what_is_refused_is_kept(plan: Plan) -> None:
    push = plan.one("pubsub_subscription", "wake")
    assert push.block("push_config")["push_endpoint"] == plan.environment("request")["PROVISION_URL"]
    assert push.block("push_config")["oidc_token"][0]["service_account_email"].startswith("vmc-prod-push@")
    assert push.block("dead_letter_policy")["max_delivery_attempts"] == 20
    assert plan.one("pubsub_subscription", "dead").values["push_config"] == []
    sweep = plan.one("cloud_scheduler_job", "sweep")
    assert sweep.values["schedule"] == "* * * * *"
    assert sweep.block("http_target")["oidc_token"][0]["service_account_email"].startswith("vmc-prod-scheduler@")
    provision = plan.one("cloudfunctions2_function", "function", "provision").block("service_config")
    rates = plan.one("cloud_tasks_queue", "looks").block("rate_limits")
    capacity = provision["max_instance_count"] * provision["max_instance_request_concurrency"]
    assert rates["max_concurrent_dispatches"] <= capacity


def test_a_call_may_last_as_long_as_what_it_does(plan: Plan) -> None:
    lasts = {
        each.index: each.block("service_config")["timeout_seconds"] for each in plan.all("cloudfunctions2_function")
    }
    figures = Settings(database_url="postgresql://u@localhost/d")
    assert lasts["status"] > figures.stream_length.total_seconds()
    assert lasts["provision"] > figures.claim.total_seconds()
    assert plan.one("pubsub_subscription", "wake").values["ack_deadline_seconds"] >= lasts["provision"]
    status = plan.one("cloudfunctions2_function", "function", "status").block("service_config")
    assert status["max_instance_request_concurrency"] < 100  # listeners that one gRPC channel carries


def test_nobody_has_a_primitive_role_or_is_the_default_account(plan: Plan) -> None:
    grants = [each for each in plan.resources if each.type.endswith("_iam_member")]
    assert len(grants) > 100
    for grant in grants:
        assert grant.values["role"] not in PRIMITIVE, grant.address
        assert "compute@developer" not in grant.values["member"], grant.address
        assert "appspot" not in grant.values["member"], grant.address
    everybody = [grant for grant in grants if grant.values["member"] in ("allUsers", "allAuthenticatedUsers")]
    assert {grant.values["role"] for grant in everybody} == {"roles/run.invoker", "roles/storage.legacyObjectReader"}


def test_rights_on_vms_are_in_their_project_alone_and_no_wider_than_a_condition_can_say(plan: Plan) -> None:
    for role in plan.all("project_iam_custom_role"):
        touches_vms = [each for each in role.values["permissions"] if each.startswith(("compute.", "secretmanager."))]
        assert not touches_vms or role.values["project"] == "vmc-machines", role.address
        assert not [
            each for each in role.values["permissions"] if "serviceAccounts" in each or each.endswith("setIamPolicy")
        ]
    grants = [each for each in plan.all("project_iam_member") if each.name == "vm"]
    workers, roles = zip(*(str(each.index).split("/") for each in grants), strict=True)
    assert set(workers) == {"provision", "reaper", "admin", "request", "terraform"}
    unbounded = {role for role, each in zip(roles, grants, strict=True) if not each.values["condition"]}
    assert unbounded == {"look", "measure", "network", "hide"}
    assert {
        str(each.index) for each in grants if each.values["member"].startswith("serviceAccount:vmc-prod-request@")
    } == {
        "request/reveal",
        "request/forget",
    }
    conditions = [each.block("condition")["expression"] for each in grants if each.values["condition"]]
    for expression in conditions:
        assert len(re.findall(r"&&|\|\|", expression)) < 12, "more than an IAM condition may have"
        assert "vmc-prod-" in expression or all(f"/zones/{region}-" in expression for region in REGIONS)


def test_buckets_are_closed_and_the_seals_cannot_be_taken_away(plan: Plan) -> None:
    for bucket in plan.all("storage_bucket"):
        assert bucket.values["uniform_bucket_level_access"] is True, bucket.address
        closed = bucket.values["public_access_prevention"] == "enforced" and bool(bucket.values["encryption"])
        assert closed or bucket.name == "page", bucket.address
    seals = plan.one("storage_bucket", "seals").block("retention_policy")
    assert (seals["is_locked"], int(seals["retention_period"])) == (True, 3650 * 86400)
    rights = {
        each.index: each.values["role"] for each in plan.all("storage_bucket_iam_member") if "seals" in str(each.index)
    }
    assert rights["seals/reaper/write"] == "roles/storage.objectCreator"
    assert set(rights.values()) == {"roles/storage.objectCreator", "roles/storage.objectViewer"}


def test_a_plan_is_applied_once_somebody_approved_it_by_the_steps_that_are_in_the_tree(plan: Plan) -> None:
    apply = plan.one("cloudbuild_trigger", "apply")
    assert apply.block("approval_config")["approval_required"] is True
    assert apply.values["service_account"].split("/")[-1].startswith("vmc-prod-deploy@")
    said = {
        match for step in apply.block("build")["step"] for match in re.findall(r"\$\{?(_[A-Z_]+)", json.dumps(step))
    }
    assert said <= set(apply.values["substitutions"])
    assert (
        plan.one("cloudbuild_trigger", "plan", 0).values["service_account"].split("/")[-1].startswith("vmc-prod-plan@")
    )


def test_what_goes_wrong_is_seen_and_told(plan: Plan) -> None:
    policies = plan.all("monitoring_alert_policy")
    assert {each.index for each in policies} >= {
        "unreachable",
        "undying",
        "swept",
        "dead_letters",
        "connections",
        "answered",
        "quick",
    }
    assert plan.references("google_monitoring_alert_policy.alert") >= {"google_monitoring_notification_channel.admin"}
    metrics = {f"logging.googleapis.com/user/{each.values['name']}" for each in plan.all("logging_metric")}
    charts = json.dumps(json.loads(plan.one("monitoring_dashboard", "platform").values["dashboard_json"]))
    told = charts + json.dumps([dict(each.values) for each in policies])
    assert set(re.findall(r"logging\.googleapis\.com/user/[a-z0-9/-]+", told)) <= metrics
    assert plan.one("logging_project_bucket_config", "platform").values["retention_days"] == 400
    assert plan.one("billing_budget", "budget", 0).block("amount")["specified_amount"][0]["units"] == "300"


def _secrets(function: Resource) -> list[Any]:
    return list(function.block("service_config")["secret_environment_variables"])


def _most_connections(function: Resource) -> int:
    service = function.block("service_config")
    return 2 * service["max_instance_count"] * int(service["environment_variables"]["DATABASE_POOL"])
