# The rules of the deployment, held against its plan. No account, no network:
#   terraform init -backend=false && terraform test
mock_provider "google" {}

mock_provider "google" {
  alias = "billing"
}

variables {
  project_id        = "vmc-platform"
  project_number    = "111111111111"
  vm_project_id     = "vmc-machines"
  vm_project_number = "222222222222"
  domain            = "vms.example.com"
  admin_email       = "admin@example.com"
  artifact_bucket   = "vmc-platform-artifacts"
  state_bucket      = "vmc-platform-state"
  adopt             = []
  billing_account   = "012345-6789AB-CDEF01"
  migrate_image     = "us-west1-docker.pkg.dev/vmc-platform/vmc-prod/jobs@sha256:0000000000000000000000000000000000000000000000000000000000000000"

  functions = {
    for name in ["accounts", "admin", "provision", "reaper", "request", "status", "suggest"] : name => {
      object = "functions/${name}-0000000000000000000000000000000000000000000000000000000000000000.zip"
      sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
    }
  }
}

run "the_rules_hold" {
  command = plan

  assert {
    condition = alltrue([
      for rule in [
        google_compute_firewall.platform_nothing_in, google_compute_firewall.platform_to_database,
        google_compute_firewall.platform_to_google, google_compute_firewall.platform_nothing_out,
        google_compute_firewall.vms_nothing_in, google_compute_firewall.vms_iap, google_compute_firewall.vms_not_each_other,
      ] : length(rule.allow) == 0 || rule.direction == "EGRESS" || !try(contains(rule.source_ranges, "0.0.0.0/0"), false)
    ])
    error_message = "A rule lets everybody in."
  }

  assert {
    condition     = length(google_compute_firewall.vms_iap.source_ranges) == 1 && contains(google_compute_firewall.vms_iap.source_ranges, "35.235.240.0/20")
    error_message = "22 and 3389 are open to more than Identity-Aware Proxy."
  }

  assert {
    condition     = alltrue([for network in [google_compute_firewall.platform_nothing_in, google_compute_firewall.vms_nothing_in] : length(network.deny) == 1])
    error_message = "A network does not refuse what no rule lets in."
  }

  assert {
    condition     = length(distinct([for account in google_service_account.worker : account.account_id])) == length(local.workers)
    error_message = "Two workers share an account."
  }

  assert {
    condition     = length(setsubtract(keys(local.functions), keys(google_service_account.worker))) == 0
    error_message = "A function has no account of its own and would get the default one."
  }

  assert {
    condition = alltrue([
      for role in concat(
        [for member in google_project_iam_member.build : member.role], [for member in google_project_iam_member.database : member.role],
        [for member in google_project_iam_member.live : member.role], [google_project_iam_member.package_logs.role],
        [google_project_iam_member.package_sources.role],
      ) : !contains(["roles/owner", "roles/editor", "roles/viewer"], role)
    ])
    error_message = "Somebody has a primitive role."
  }

  assert {
    condition     = alltrue([for role in google_project_iam_custom_role.vm : role.project == var.vm_project_id]) && alltrue([for member in google_project_iam_member.vm : member.project == var.vm_project_id])
    error_message = "A right on VMs is granted outside their project."
  }

  assert {
    condition = (
      !google_sql_database_instance.registry.settings[0].ip_configuration[0].ipv4_enabled
      && google_sql_database_instance.registry.settings[0].ip_configuration[0].ssl_mode == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
      && google_sql_database_instance.registry.settings[0].connector_enforcement == "REQUIRED"
      && google_sql_database_instance.registry.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    )
    error_message = "The database is reached otherwise than by the connector, or its backups lack the moments between."
  }

  assert {
    condition = (
      google_sql_database_instance.registry.deletion_protection
      && google_sql_database_instance.registry.settings[0].deletion_protection_enabled
      && google_firestore_database.live.delete_protection_state == "DELETE_PROTECTION_ENABLED"
      && alltrue([for key in google_kms_crypto_key.key : key.deletion_policy == "ABANDON"])
    )
    error_message = "What holds data can be deleted by mistake."
  }

  assert {
    condition     = length(google_pubsub_subscription.wake.dead_letter_policy) == 1 && length(google_pubsub_subscription.wake.push_config[0].oidc_token) == 1
    error_message = "The wake-ups have no dead letters, or come without an identity."
  }

  assert {
    condition     = google_storage_bucket.seals.retention_policy[0].is_locked
    error_message = "The heads of the seals' chain could be taken away."
  }

  assert {
    condition = alltrue([
      for name, function in google_cloudfunctions2_function.function : function.service_config[0].ingress_settings ==
      (contains(local.public, name) ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY")
    ])
    error_message = "A function is reached past the load balancer."
  }

  assert {
    condition     = toset([for route in local.routes : route.function]) == local.public && toset(keys(google_compute_backend_service.function)) == local.public
    error_message = "The table of routes and the load balancer know different functions."
  }

  assert {
    condition     = alltrue([for rule in google_compute_url_map.front.path_matcher[0].route_rules : rule.priority == 1002 || length(rule.custom_error_response_policy) == 0])
    error_message = "A function's 404 would come out as the page."
  }

  assert {
    condition     = local.connections_at_most <= var.database.max_connections
    error_message = "The functions could open more connections than the database takes."
  }
}

run "more_copies_than_the_database_takes" {
  command = plan

  variables {
    instances = { provision = 40 }
  }

  expect_failures = [google_sql_database_instance.registry]
}

run "what_cannot_be" {
  command = plan

  variables {
    vm_project_id   = "vmc-platform"
    environment     = "my-env"
    migrate_image   = "jobs:latest"
    access_ranges   = ["0.0.0.0/0"]
    engine          = "terraform"
    settings        = { OPENAI_API_KEY = "sk" }
    secret_versions = { PASSWORD = 1 }
    functions       = { accounts = { object = "accounts.zip", sha256 = "0" } }
  }

  expect_failures = [
    var.vm_project_id, var.environment, var.migrate_image, var.access_ranges, var.engine, var.settings, var.secret_versions,
    var.functions,
  ]
}
