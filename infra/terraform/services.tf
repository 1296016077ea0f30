# The APIs that are used, in each project those that it needs.
locals {
  services = merge(
    { for api in [
      "artifactregistry", "billingbudgets", "cloudbilling", "cloudbuild", "cloudfunctions", "cloudkms",
      "cloudresourcemanager", "cloudscheduler", "cloudtasks", "compute", "dns", "firebaserules", "firestore", "iam", "iamcredentials", "logging",
      "monitoring", "pubsub", "run", "secretmanager", "servicenetworking", "serviceusage", "sqladmin", "storage",
    ] : "platform/${api}" => { project = var.project_id, api = api } },
    { for api in [
      "cloudresourcemanager", "compute", "iam", "iap", "logging", "monitoring", "secretmanager", "serviceusage",
    ] : "vms/${api}" => { project = var.vm_project_id, api = api } },
  )
}

resource "google_project_service" "api" {
  for_each = local.services

  project = each.value.project
  service = "${each.value.api}.googleapis.com"

  # Others may use them too, and a project without its APIs cannot be cleaned up.
  disable_on_destroy = false
}

# Who read a secret, a key or an object, and who changed what: the platform's own audit log does not see Google's APIs.
resource "google_project_iam_audit_config" "reads" {
  for_each = {
    for pair in setproduct(
      [var.project_id, var.vm_project_id],
      ["secretmanager.googleapis.com", "cloudkms.googleapis.com", "storage.googleapis.com", "iap.googleapis.com"],
    ) : join("/", pair) => pair
  }

  project = each.value[0]
  service = each.value[1]

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}
