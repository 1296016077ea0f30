# The live documents: a projection of the registry, at live/{owner}/vms/{name}.
resource "google_firestore_database" "live" {
  name                              = local.prefix
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_DISABLED" # PostgreSQL is the truth
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE"

  cmek_config {
    kms_key_name = google_kms_crypto_key.key["firestore"].id
  }

  depends_on = [google_kms_crypto_key_iam_member.user]
}

# A document that nothing has touched for longer than a VM can live (LONGEST_SWITCH, 120 days) is of one that is gone.
resource "google_firestore_field" "forgotten" {
  database   = google_firestore_database.live.name
  collection = "vms"
  field      = "updated_at"

  ttl_config {
    expiration_offset = "${150 * 86400}s"
  }

  index_config {} # nobody asks by it
}

# Functions come by IAM, which these rules do not concern; everybody else stays out.
resource "google_firebaserules_ruleset" "locked" {
  provider = google.billing

  project = var.project_id

  source {
    files {
      name    = "firestore.rules"
      content = <<-RULES
        rules_version = '2';
        service cloud.firestore {
          match /databases/{database}/documents {
            match /{document=**} {
              allow read, write: if false;
            }
          }
        }
      RULES
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_firebaserules_release" "locked" {
  provider = google.billing

  project      = var.project_id
  name         = "cloud.firestore/${google_firestore_database.live.name}"
  ruleset_name = "projects/${var.project_id}/rulesets/${google_firebaserules_ruleset.locked.name}"
}

resource "google_project_iam_member" "live" {
  for_each = merge(
    { for name in local.wakers : name => "roles/datastore.user" },
    { status = "roles/datastore.viewer" },
  )

  project = var.project_id
  role    = each.value
  member  = local.member[each.key]

  condition {
    title      = "these documents"
    expression = "resource.name == 'projects/${var.project_id}/databases/${local.prefix}'"
  }
}
