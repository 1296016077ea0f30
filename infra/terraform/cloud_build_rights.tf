# What the two builds may do. Neither has a primitive role.
locals {
  # Planning reads every resource, and its policy; it reads no secret's value and no object but the artefacts and the
  # state. networkViewer sees the peering; the APIs of google.billing ask for the right to use the project.
  plan_roles = [
    "artifactregistry.reader", "cloudbuild.builds.viewer", "cloudfunctions.viewer", "cloudkms.viewer",
    "cloudscheduler.viewer", "cloudsql.viewer", "cloudtasks.viewer", "compute.networkViewer", "compute.viewer",
    "datastore.viewer", "dns.reader", "firebaserules.viewer", "iam.roleViewer", "iam.securityReviewer", "iam.serviceAccountViewer", "logging.logWriter",
    "logging.viewer", "monitoring.viewer", "pubsub.viewer", "run.viewer", "secretmanager.viewer",
    "serviceusage.serviceUsageConsumer", "serviceusage.serviceUsageViewer", "storage.bucketViewer",
  ]

  # Applying makes what is in these files.
  deploy_roles = [
    "artifactregistry.admin", "cloudbuild.builds.editor", "cloudfunctions.admin", "cloudkms.admin",
    "cloudscheduler.admin", "cloudsql.admin", "cloudtasks.queueAdmin", "compute.loadBalancerAdmin",
    "compute.networkAdmin", "compute.securityAdmin", "datastore.owner", "dns.admin", "firebaserules.admin",
    "iam.roleAdmin", "iam.serviceAccountAdmin", "logging.admin", "monitoring.editor", "pubsub.admin",
    "resourcemanager.projectIamAdmin", "run.admin", "secretmanager.admin", "servicenetworking.networksAdmin",
    "serviceusage.serviceUsageAdmin", "storage.admin",
  ]

  vm_plan_roles = [
    "compute.viewer", "iam.roleViewer", "iam.securityReviewer", "iam.serviceAccountViewer", "logging.viewer",
    "serviceusage.serviceUsageViewer",
  ]

  vm_deploy_roles = [
    "compute.networkAdmin", "compute.securityAdmin", "iam.roleAdmin", "iam.serviceAccountAdmin", "logging.configWriter",
    "resourcemanager.projectIamAdmin", "serviceusage.serviceUsageAdmin",
  ]

  build_grants = merge([
    for worker, projects in {
      plan   = { (var.project_id) = local.plan_roles, (var.vm_project_id) = local.vm_plan_roles }
      deploy = { (var.project_id) = local.deploy_roles, (var.vm_project_id) = local.vm_deploy_roles }
      } : merge([
        for project, roles in projects : {
          for role in roles : "${worker}/${project}/${role}" => { worker = worker, project = project, role = role }
        }
    ]...)
  ]...)
}

resource "google_project_iam_member" "build" {
  # checkov:skip=CKV_GCP_42:What applies these files administers what is in them, after an approval and for one build
  # checkov:skip=CKV_GCP_49:The same: it makes the accounts that are in them
  for_each = local.build_grants

  project = each.value.project
  role    = "roles/${each.value.role}"
  member  = local.member[each.value.worker]
}

# It makes functions, jobs, schedules and triggers that run as these, and as no other account.
resource "google_service_account_iam_member" "deploys_as" {
  for_each = { for name, worker in google_service_account.worker : name => worker if name != "terraform" }

  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member["deploy"]
}

resource "google_pubsub_topic_iam_member" "releases" {
  topic  = google_pubsub_topic.releases.id
  role   = "roles/pubsub.publisher"
  member = local.member["plan"]
}

# The image of the two jobs is pushed by the first build, to a repository that was there before Terraform.
resource "google_artifact_registry_repository_iam_member" "jobs" {
  location   = var.region
  repository = local.prefix
  role       = "roles/artifactregistry.writer"
  member     = local.member["plan"]
}

resource "google_billing_account_iam_member" "budget" {
  for_each = var.billing_account == "" ? {} : { plan = "billing.viewer", deploy = "billing.costsManager" }

  billing_account_id = var.billing_account
  role               = "roles/${each.value}"
  member             = local.member[each.key]

  depends_on = [google_project_service.api]
}
