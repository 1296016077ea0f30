# What must be in no code, variable or state. A value is written by the provider and kept by Secret Manager alone: Terraform
# knows only its number. The VMs' own secrets are made by provision, in the VMs' project.
locals {
  # Which function reads which, as the environment variable of the same name.
  secret_readers = {
    OPENAI_API_KEY = ["suggest", "admin"]
    SMTP_PASSWORD  = ["reaper"]
    HOOK_KEY       = ["accounts", "reaper"]
  }

  secret_grants = {
    for pair in flatten([
      for secret, readers in local.secret_readers : [for reader in readers : { secret = secret, reader = reader }]
    ]) : "${pair.secret}/${pair.reader}" => pair if contains(keys(var.secret_versions), pair.secret)
  }
}

resource "google_secret_manager_secret" "secret" {
  for_each = var.secret_versions

  secret_id = "${local.prefix}-${lower(replace(each.key, "_", "-"))}"

  replication {
    user_managed {
      replicas {
        location = var.region

        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.key["secrets"].id
        }
      }
    }
  }

  version_destroy_ttl = "604800s" # a week to take a mistake back

  depends_on = [google_kms_crypto_key_iam_member.user]
}

resource "google_secret_manager_secret_version" "secret" {
  for_each = var.secret_versions

  secret = google_secret_manager_secret.secret[each.key].id
  # Sent only where the number has changed. Otherwise something has to stand here that is neither empty nor open,
  # or every plan would show a change.
  secret_data_wo         = try(var.secret_values[each.key], sensitive("not given"))
  secret_data_wo_version = each.value

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secret_grants

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member[each.value.reader]
}
