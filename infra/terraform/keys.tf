# Keys of our own where what is encrypted is somebody's: the registry, the live documents, secrets, states, plans. Not
# for images and messages: the source is published, and a message says only which VM to look at.
locals {
  key_users = {
    sql       = local.agents.sql
    firestore = local.agents.firestore
    secrets   = local.agents.secrets
    storage   = local.agents.storage
  }
}

resource "google_kms_key_ring" "platform" {
  name     = local.prefix
  location = var.region

  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key" "key" {
  # checkov:skip=CKV_GCP_82:Terraform lets go of a key and never destroys it (deletion_policy); make destroy has to come to an end
  for_each = local.key_users

  name            = each.key
  key_ring        = google_kms_key_ring.platform.id
  rotation_period = "7776000s" # 90 days
  deletion_policy = "ABANDON"  # what it encrypts may outlive the deployment
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = local.key_users

  crypto_key_id = google_kms_crypto_key.key[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}

# Google deletes no key ring and no key, ever: a deployment of a name that was used before finds them.
import {
  for_each = setintersection(var.adopt, ["keys"])

  to = google_kms_key_ring.platform
  id = "projects/${var.project_id}/locations/${var.region}/keyRings/${local.prefix}"
}

import {
  for_each = contains(var.adopt, "keys") ? local.key_users : {}

  to = google_kms_crypto_key.key[each.key]
  id = "projects/${var.project_id}/locations/${var.region}/keyRings/${local.prefix}/cryptoKeys/${each.key}"
}
