# What wakes provision, at once. A message names a VM and says nothing else.
resource "google_pubsub_topic" "wake" {
  # checkov:skip=CKV_GCP_83:A message is the id of a VM, which says nothing without the registry
  name                       = "${local.prefix}-wake"
  message_retention_duration = "86400s"

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic" "dead" {
  # checkov:skip=CKV_GCP_83:A message is the id of a VM, which says nothing without the registry
  name = "${local.prefix}-dead"

  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "wake" {
  name                       = "${local.prefix}-wake"
  topic                      = google_pubsub_topic.wake.id
  ack_deadline_seconds       = local.functions["provision"].seconds
  message_retention_duration = "86400s"

  push_config {
    push_endpoint = local.address["provision"]

    oidc_token {
      service_account_email = local.email["push"]
      audience              = local.address["provision"]
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = 20
  }

  expiration_policy {
    ttl = "" # never, however quiet it is
  }

  depends_on = [google_pubsub_topic_iam_member.dead, google_cloud_run_v2_service_iam_member.invoker]
}

# Pulled by the reaper, which keeps each in the registry, where an administrator sends it again or drops it.
resource "google_pubsub_subscription" "dead" {
  name                       = "${local.prefix}-dead"
  topic                      = google_pubsub_topic.dead.id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "wake" {
  for_each = local.wakers

  topic  = google_pubsub_topic.wake.id
  role   = "roles/pubsub.publisher"
  member = local.member[each.key]
}

# Pub/Sub itself moves a dead letter: it publishes to one topic and acknowledges on the other's subscription.
resource "google_pubsub_topic_iam_member" "dead" {
  topic  = google_pubsub_topic.dead.id
  role   = "roles/pubsub.publisher"
  member = local.agents.pubsub
}

resource "google_pubsub_subscription_iam_member" "wake" {
  subscription = google_pubsub_subscription.wake.name
  role         = "roles/pubsub.subscriber"
  member       = local.agents.pubsub
}

resource "google_pubsub_subscription_iam_member" "dead" {
  subscription = google_pubsub_subscription.dead.name
  role         = "roles/pubsub.subscriber"
  member       = local.member["reaper"]
}
