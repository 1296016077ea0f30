# The engine that makes VMs by Terraform in Cloud Build. The builds run in the platform's project, as an account that has
# rights in the VMs' project and on the states alone; provision and the reaper start them and read what they said.
locals {
  builders_of_vms = var.engine == "terraform" ? toset(["provision", "reaper"]) : toset([])
}

resource "google_project_iam_custom_role" "builds" {
  count = var.engine == "terraform" ? 1 : 0

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

# They stage a build's source and read its log. The states are the builds' own; a look at one says whether it is empty.
resource "google_storage_bucket_iam_member" "builds" {
  for_each = {
    for pair in setproduct(local.builders_of_vms, ["vm-builds/objectUser", "vm-states/objectViewer"]) : join("/", pair) => {
      worker = pair[0]
      bucket = split("/", pair[1])[0]
      role   = split("/", pair[1])[1]
    }
  }

  bucket = google_storage_bucket.bucket[each.value.bucket].name
  role   = "roles/storage.${each.value.role}"
  member = local.member[each.value.worker]
}
