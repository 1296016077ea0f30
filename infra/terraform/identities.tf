# One account for each worker, and no key of any: nothing outside Google signs in as one of them.
locals {
  workers = merge(
    { for name in keys(local.functions) : name => "The function ${name}" },
    {
      push      = "Pub/Sub, when it wakes provision"
      tasks     = "Cloud Tasks, when it wakes provision"
      scheduler = "Cloud Scheduler, when it wakes the reaper"
      migrate   = "The job that migrates the database"
      smoke     = "The job that asks new revisions before they serve"
      package   = "Cloud Build, when it makes the functions' images"
      terraform = "Terraform in Cloud Build, when it makes and destroys VMs"
      plan      = "Cloud Build, when it tests, stages and plans"
      deploy    = "Cloud Build, when it applies an approved plan"
    },
  )
}

resource "google_service_account" "worker" {
  for_each = local.workers

  account_id   = "${local.prefix}-${each.key}"
  display_name = "VM Creator (${var.environment}): ${each.key}"
  description  = each.value

  depends_on = [google_project_service.api]
}

locals {
  # Put together here, so that a plan says who will be allowed what before the accounts are there.
  email   = { for name, account in google_service_account.worker : name => "${account.account_id}@${account.project}.iam.gserviceaccount.com" }
  account = { for name, email in local.email : name => "projects/${var.project_id}/serviceAccounts/${email}" }
  member  = { for name, email in local.email : name => "serviceAccount:${email}" }
}

# Who may reach whom. The five behind the load balancer ask for their own credentials, so Cloud Run asks for none; the
# two that nobody calls ask for an identity token of their own callers.
locals {
  invokers = merge(
    { for name in local.public : "${name}/everybody" => { function = name, member = "allUsers" } },
    {
      "provision/push"   = { function = "provision", member = local.member["push"] }
      "provision/tasks"  = { function = "provision", member = local.member["tasks"] }
      "reaper/scheduler" = { function = "reaper", member = local.member["scheduler"] }
    },
  )

  # Those that tell provision to look at a VM, at once or later.
  wakers = toset(["request", "provision", "reaper", "admin"])
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.invokers

  location = var.region
  name     = google_cloudfunctions2_function.function[each.value.function].name
  role     = "roles/run.invoker"
  member   = each.value.member
}

# A task shows the identity of the account `tasks`: who makes a task has to be allowed to lend it.
resource "google_service_account_iam_member" "lends_tasks" {
  for_each = local.wakers

  service_account_id = google_service_account.worker["tasks"].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member[each.key]
}

# Pub/Sub signs the push's token as the account `push`.
resource "google_service_account_iam_member" "signs_push" {
  service_account_id = google_service_account.worker["push"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.agents.pubsub
}

resource "google_artifact_registry_repository_iam_member" "package" {
  location   = google_artifact_registry_repository.functions.location
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = local.member["package"]
}

resource "google_project_iam_member" "package_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = local.member["package"]
}

# Cloud Functions copies a zip into a bucket of its own before it is built.
resource "google_project_iam_member" "package_sources" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = local.member["package"]

  condition {
    title      = "the sources of functions"
    expression = "resource.name.startsWith('projects/_/buckets/gcf-v2-sources-${var.project_number}-') || resource.name.startsWith('projects/_/buckets/${var.artifact_bucket}/')"
  }
}
