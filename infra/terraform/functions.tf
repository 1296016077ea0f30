locals {
  # Every variable that the deployment sets, by who needs it. What is missing here has its default (.env.example).
  groups = {
    everybody = {
      GCP_PROJECT_ID           = var.project_id
      ENVIRONMENT              = var.environment
      INSTANCE_CONNECTION_NAME = "${var.project_id}:${var.region}:${google_sql_database_instance.registry.name}"
      DATABASE_NAME            = google_sql_database.registry.name
      CLOUD_SQL_IP_TYPE        = "private"
    }
    # The ASGI server of the functions framework, for all but the one that takes CloudEvents.
    http = {
      FUNCTION_USE_ASGI = "true"
      TRUSTED_HOPS      = "2" # the client, then the load balancer
    }
    # Those that have provision look at a VM and write its live document.
    wakers = {
      LOCATION              = var.region
      WAKE_TOPIC            = google_pubsub_topic.wake.name
      LOOK_QUEUE            = google_cloud_tasks_queue.looks.name
      PROVISION_URL         = local.address["provision"]
      TASKS_SERVICE_ACCOUNT = local.email["tasks"]
    }
    live = { FIRESTORE_DATABASE = google_firestore_database.live.name }
    # Those that act in the VMs' project, or say how to (the export as a module).
    cloud   = { VM_PROJECT_ID = var.vm_project_id }
    network = { VM_NETWORK = google_compute_network.vms.name, ACCESS_RANGES = join(" ", var.access_ranges) }
    # The engine rules how long a VM may take to be up, and so what is quoted: it is not the makers' alone to know.
    engine = merge(
      { ENGINE = var.engine },
      local.has_terraform ? {
        STATE_BUCKET          = google_storage_bucket.bucket["vm-states"].name
        BUILD_SOURCE_BUCKET   = google_storage_bucket.bucket["vm-builds"].name
        BUILD_LOGS_BUCKET     = google_storage_bucket.bucket["vm-builds"].name
        BUILD_SERVICE_ACCOUNT = local.email["terraform"]
        TERRAFORM_IMAGE       = lookup(var.builders, "terraform", "")
      } : {},
    )
    model = { OPENAI_MODEL = var.openai.model, OPENAI_BASE_URL = var.openai.base_url }
    # Whether there is a model, for the page to say so; the key is not for those that never call it.
    model_named = merge(
      { OPENAI_MODEL = var.openai.model },
      contains(keys(var.secret_versions), "OPENAI_API_KEY") ? { OPENAI_API_KEY = "kept from here" } : {},
    )
    signup    = { SIGNUP = var.signup }
    links     = { PUBLIC_URL = local.public_url }
    seals     = { SEALS_BUCKET = google_storage_bucket.seals.name }
    dead      = { DEAD_LETTER_SUBSCRIPTION = google_pubsub_subscription.dead.name }
    admin     = { ADMIN_EMAIL = var.admin_email }
    mail_told = var.smtp == null ? {} : { SMTP_HOST = var.smtp.host, SMTP_FROM = var.smtp.from }
    mail = var.smtp == null ? {} : {
      SMTP_HOST = var.smtp.host
      SMTP_PORT = tostring(var.smtp.port)
      SMTP_USER = var.smtp.user
      SMTP_FROM = var.smtp.from
      SMTP_TLS  = var.smtp.tls
    }
  }

  needs = {
    accounts  = ["everybody", "http", "signup", "mail_told"]
    suggest   = ["everybody", "http", "engine", "model"]
    request   = ["everybody", "http", "wakers", "live", "cloud", "engine"]
    provision = ["everybody", "wakers", "live", "cloud", "engine", "network"]
    status    = ["everybody", "http", "live", "cloud", "engine", "network", "signup", "model_named"]
    reaper    = ["everybody", "http", "wakers", "live", "cloud", "engine", "network", "links", "mail", "seals", "dead"]
    admin     = ["everybody", "http", "wakers", "live", "cloud", "engine", "network", "links", "model", "seals"]
    migrate   = ["everybody", "links", "admin"]
  }

  # What `settings` may not say: what is set here, and what is secret.
  reserved_settings = [
    "ACCESS_RANGES", "ADMIN_EMAIL", "BUILD_LOGS_BUCKET", "BUILD_SERVICE_ACCOUNT", "BUILD_SOURCE_BUCKET",
    "CLOUD_SQL_IP_TYPE", "DATABASE_NAME", "DATABASE_POOL", "DATABASE_URL", "DATABASE_USER", "DEAD_LETTER_SUBSCRIPTION",
    "ENGINE", "ENVIRONMENT", "FIRESTORE_DATABASE", "GCP_PROJECT_ID", "HOOK_KEY", "INSTANCE_CONNECTION_NAME", "LOCATION",
    "LOOK_QUEUE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "PROVISION_URL", "PUBLIC_URL", "SEALS_BUCKET",
    "SIGNUP", "SMTP_FROM", "SMTP_HOST", "SMTP_PASSWORD", "SMTP_PORT", "SMTP_TLS", "SMTP_USER", "STATE_BUCKET",
    "TASKS_SERVICE_ACCOUNT", "TERRAFORM_IMAGE", "TRUSTED_HOPS", "VM_NETWORK", "VM_PROJECT_ID", "WAKE_TOPIC",
  ]

  environments = {
    for name, needs in local.needs : name => merge(concat(
      [var.settings],
      [for group in needs : local.groups[group]],
      [{
        DATABASE_USER = local.database_users[name].name
        DATABASE_POOL = tostring(try(local.functions[name].pool, 1))
      }],
    )...)
  }
}

resource "google_artifact_registry_repository" "functions" {
  # checkov:skip=CKV_GCP_84:The images hold the published source and its published dependencies, nothing of anybody's
  repository_id = "${local.prefix}-functions"
  location      = var.region
  format        = "DOCKER"
  description   = "The functions' images"

  cleanup_policies {
    id     = "old"
    action = "DELETE"

    condition {
      older_than = "90d"
    }
  }

  cleanup_policies {
    id     = "recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10 # as far back as a roll-back may go
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name        = "${local.prefix}-${each.key}"
  location    = var.region
  description = "VM Creator: ${each.key}"

  build_config {
    runtime           = "python311" # the staged source is compiled for it
    entry_point       = "main"
    docker_repository = google_artifact_registry_repository.functions.id
    service_account   = local.account["package"]

    on_deploy_update_policy {}

    source {
      storage_source {
        bucket = var.artifact_bucket
        object = var.functions[each.key].object
      }
    }
  }

  service_config {
    service_account_email            = local.email[each.key]
    available_memory                 = each.value.memory
    available_cpu                    = "1"
    max_instance_count               = local.instances[each.key]
    max_instance_request_concurrency = each.value.at_once
    timeout_seconds                  = each.value.seconds
    ingress_settings                 = each.value.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"
    environment_variables            = local.environments[each.key]
    direct_vpc_egress                = "VPC_EGRESS_PRIVATE_RANGES_ONLY"

    # The service keeps the traffic it has: the pipeline pins it to the revision that serves before it applies, and
    # shifts it by gcloud once the new one has passed its smoke test. (Unpinned it would follow the newest.)
    all_traffic_on_latest_revision = false

    direct_vpc_network_interface {
      network    = google_compute_network.platform.name
      subnetwork = google_compute_subnetwork.functions.name
    }

    dynamic "secret_environment_variables" {
      for_each = { for grant in local.secret_grants : grant.secret => grant if grant.reader == each.key }

      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret[secret_environment_variables.key].secret_id
        version    = google_secret_manager_secret_version.secret[secret_environment_variables.key].version
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.package,
    google_project_iam_member.package_logs,
    google_project_iam_member.package_sources,
    google_project_iam_member.database,
    google_secret_manager_secret_iam_member.reader,
    google_sql_user.worker,
  ]
}
