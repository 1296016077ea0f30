locals {
  # `days`: how long what is no longer the newest stays.
  buckets = {
    "vm-states" = { days = 90 }  # one object a VM, by the Terraform engine
    "vm-builds" = { days = 30 }  # what those builds are made of, and their logs
    "deploys"   = { days = 180 } # logs of this deployment's own builds
  }

  # Made before Terraform could run, and never deleted by it: its own state is in one of them, encrypted by a key
  # that Terraform lets go of but never destroys.
  bootstrapped = { artifacts = var.artifact_bucket, state = var.state_bucket }
}

resource "google_storage_bucket" "bucket" {
  # checkov:skip=CKV_GCP_62:Who read and wrote what is in the audit logs (services.tf), which say who; access logs do not
  # checkov:skip=CKV_GCP_63:It logs to no bucket
  for_each = local.buckets

  name                        = "${var.project_id}-${local.prefix}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.key["storage"].id
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = each.value.days
      with_state                 = "ARCHIVED"
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.key == "vm-states" ? [] : [each.value.days]

    content {
      action {
        type = "Delete"
      }

      condition {
        age = lifecycle_rule.value
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

resource "google_storage_bucket" "bootstrapped" {
  # checkov:skip=CKV_GCP_62:Who read and wrote what is in the audit logs (services.tf), which say who; access logs do not
  # checkov:skip=CKV_GCP_63:It logs to no bucket
  for_each = local.bootstrapped

  name                        = each.value
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  deletion_policy             = "ABANDON"

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.key["storage"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

import {
  for_each = { for name, bucket in local.bootstrapped : name => bucket if contains(var.adopt, name) }

  to = google_storage_bucket.bootstrapped[each.key]
  id = "${var.project_id}/${each.value}"
}

# The heads of the chain that seals receipts and audit rows. Nobody, an owner of the project included, deletes or
# replaces one before its time.
resource "google_storage_bucket" "seals" {
  # checkov:skip=CKV_GCP_62:Who read and wrote what is in the audit logs (services.tf), which say who; access logs do not
  # checkov:skip=CKV_GCP_63:It logs to no bucket
  # checkov:skip=CKV_GCP_78:An object is never written twice, and a retention policy goes with no versioning
  name                        = "${var.project_id}-${local.prefix}-seals"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  deletion_policy             = "ABANDON"

  retention_policy {
    retention_period = tostring(var.seals.days * 86400)
    is_locked        = var.seals.locked
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.key["storage"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

import {
  for_each = setintersection(var.adopt, ["seals"])

  to = google_storage_bucket.seals
  id = "${var.project_id}/${var.project_id}-${local.prefix}-seals"
}

locals {
  bucket_grants = {
    "seals/reaper/write" = { bucket = google_storage_bucket.seals.name, worker = "reaper", role = "objectCreator" }
    "seals/reaper/read"  = { bucket = google_storage_bucket.seals.name, worker = "reaper", role = "objectViewer" }
    "seals/admin/read"   = { bucket = google_storage_bucket.seals.name, worker = "admin", role = "objectViewer" }
    "artifacts/plan/add" = { bucket = google_storage_bucket.bootstrapped["artifacts"].name, worker = "plan", role = "objectCreator" } # replaces nothing
    "artifacts/plan"     = { bucket = google_storage_bucket.bootstrapped["artifacts"].name, worker = "plan", role = "objectViewer" }
    "artifacts/deploy"   = { bucket = google_storage_bucket.bootstrapped["artifacts"].name, worker = "deploy", role = "objectViewer" }
    "state/plan"         = { bucket = google_storage_bucket.bootstrapped["state"].name, worker = "plan", role = "objectViewer" }
    "state/deploy"       = { bucket = google_storage_bucket.bootstrapped["state"].name, worker = "deploy", role = "objectUser" }
    "deploys/plan"       = { bucket = google_storage_bucket.bucket["deploys"].name, worker = "plan", role = "objectUser" }
    "deploys/deploy"     = { bucket = google_storage_bucket.bucket["deploys"].name, worker = "deploy", role = "objectUser" }
    "page/deploy"        = { bucket = google_storage_bucket.page.name, worker = "deploy", role = "objectUser" }
  }
}

resource "google_storage_bucket_iam_member" "worker" {
  for_each = local.bucket_grants

  bucket = each.value.bucket
  role   = "roles/storage.${each.value.role}"
  member = local.member[each.value.worker]
}

# Planning takes the state's lock and writes nothing else there: what is applied is what was planned and approved.
resource "google_storage_bucket_iam_member" "plan_lock" {
  bucket = google_storage_bucket.bootstrapped["state"].name
  role   = "roles/storage.objectUser"
  member = local.member["plan"]

  condition {
    title      = "the state's lock"
    expression = "resource.name.endsWith('/default.tflock')"
  }
}
