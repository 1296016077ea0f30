# Two builds make a release: one tests, packs and plans, and changes nothing that runs; the other applies exactly that
# plan, once somebody has approved it. Approvals gate a build before it starts, so they are two, and the first hands
# over to the second by a message.
locals {
  substitutions = merge(
    { for name, image in var.builders : "_${upper(name)}_IMAGE" => image },
    {
      _ARTIFACT_BUCKET = var.artifact_bucket
      _STATE_BUCKET    = var.state_bucket
      _REGION          = var.region
    },
  )

  apply = yamldecode(file("${path.module}/../../cloudbuild.apply.yaml"))
}

resource "google_pubsub_topic" "releases" {
  # checkov:skip=CKV_GCP_83:A message is the digest of a release
  name = "${local.prefix}-releases"

  depends_on = [google_project_service.api]
}

resource "google_cloudbuild_trigger" "plan" {
  count = var.repository == null ? 0 : 1

  name            = "${local.prefix}-plan"
  location        = var.region
  description     = "Tests, packs and plans what was merged, and asks for its approval"
  filename        = "cloudbuild.yaml"
  service_account = local.account["plan"]

  github {
    owner = var.repository.owner
    name  = var.repository.name

    push {
      branch = var.repository.branch
    }
  }

  substitutions = merge(local.substitutions, {
    _REPOSITORY      = "${var.region}-docker.pkg.dev/${var.project_id}/${local.prefix}"
    _RELEASE_TOPIC   = google_pubsub_topic.releases.name
    _SERVICE_ACCOUNT = local.email["plan"]
  })
}

resource "google_cloudbuild_trigger" "apply" {
  name            = "${local.prefix}-apply"
  location        = var.region
  description     = "Applies a plan that somebody has approved"
  service_account = local.account["deploy"]
  substitutions   = merge(local.substitutions, { _RELEASE = "$(body.message.data.release)" })

  pubsub_config {
    topic = google_pubsub_topic.releases.id
  }

  approval_config {
    approval_required = true
  }

  build {
    timeout = local.apply.timeout

    dynamic "step" {
      for_each = local.apply.steps

      content {
        id         = step.value.id
        name       = step.value.name
        entrypoint = step.value.entrypoint
        args       = step.value.args
      }
    }

    options {
      logging = local.apply.options.logging
    }
  }
}

# They read what they approve: the plan's words are beside the archive.
resource "google_storage_bucket_iam_member" "approvers" {
  for_each = toset(var.approvers)

  bucket = google_storage_bucket.bootstrapped["artifacts"].name
  role   = "roles/storage.objectViewer"
  member = each.key
}

resource "google_project_iam_member" "approvers" {
  for_each = toset(var.approvers)

  project = var.project_id
  role    = "roles/cloudbuild.builds.approver"
  member  = each.key
}
