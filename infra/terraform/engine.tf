# The engine that makes VMs by Terraform in Cloud Build. The builds run in the platform's project, as an account that has
# rights in the VMs' project and on the states alone; provision and the reaper start them and read what they said.
locals {
  has_terraform   = var.engine == "terraform" || var.ends_terraform_vms
  builders_of_vms = local.has_terraform ? toset(["provision", "reaper"]) : toset([])
}

resource "google_project_iam_custom_role" "builds" {
  count = local.has_terraform ? 1 : 0

  role_id     = "vmc.${var.environment}.builds"
  title       = "VM Creator (${var.environment}): Start and watch builds"
  permissions = ["cloudbuild.builds.create", "cloudbuild.builds.get", "cloudbuild.builds.list", "cloudbuild.builds.update"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "builds" {
  for_each = local.builders_of_vms

  project = var.project_id
  role    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.builds[0].role_id}"
  member  = local.member[each.key]
}

resource "google_service_account_iam_member" "builds" {
  for_each = local.builders_of_vms

  service_account_id = google_service_account.worker["terraform"].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member[each.key]
}

# They stage a build's source and read its log. The states are the builds' own: of them they see what is there, and take
# away a lock that a killed build has left.
locals {
  vm_bucket_roles = {
    provision = ["vm-builds/objectUser", "vm-states/objectViewer"]
    reaper    = ["vm-builds/objectUser", "vm-states/objectViewer"]
    terraform = ["vm-builds/objectUser", "vm-builds/legacyBucketReader", "vm-states/objectUser"]
  }

  vm_bucket_grants = merge([
    for worker, grants in local.vm_bucket_roles : {
      for grant in grants : "${worker}/${grant}" => { worker = worker, bucket = dirname(grant), role = basename(grant) }
    } if local.has_terraform
  ]...)
}

resource "google_storage_bucket_iam_member" "builds" {
  for_each = local.vm_bucket_grants

  bucket = google_storage_bucket.bucket[each.value.bucket].name
  role   = "roles/storage.${each.value.role}"
  member = local.member[each.value.worker]
}

resource "google_storage_bucket_iam_member" "unlocks" {
  for_each = local.builders_of_vms

  bucket = google_storage_bucket.bucket["vm-states"].name
  role   = "roles/storage.objectUser"
  member = local.member[each.key]

  condition {
    title      = "the locks of states"
    expression = "resource.name.endsWith('/default.tflock')"
  }
}
