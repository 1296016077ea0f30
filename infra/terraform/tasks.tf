# What wakes provision later: the next look at an operation, and each VM's end.
locals {
  # Our share of Compute's rate quota, by infra/look_rates.py. More at a time than provision's copies take would come back
  # as 429 and be counted as failures.
  look_rates = jsondecode(file("${path.module}/../look_rates.json"))
  looks = coalesce(var.looks, {
    at_a_time  = min(local.look_rates.at_a_time, local.instances["provision"] * local.functions["provision"].at_once)
    per_second = local.look_rates.per_second
  })
}

resource "google_cloud_tasks_queue" "looks" {
  name     = "${local.prefix}-looks"
  location = var.region

  rate_limits {
    max_dispatches_per_second = local.looks.per_second
    max_concurrent_dispatches = local.looks.at_a_time
  }

  # What is lost here, the sweep finds within a minute.
  retry_config {
    max_attempts  = 5
    min_backoff   = "2s"
    max_backoff   = "30s"
    max_doublings = 4
  }

  stackdriver_logging_config {
    sampling_ratio = 0.1
  }

  depends_on = [google_project_service.api]
}

resource "google_cloud_tasks_queue_iam_member" "looks" {
  for_each = local.wakers

  name     = google_cloud_tasks_queue.looks.name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = local.member[each.key]
}

# What wakes the reaper.
resource "google_cloud_scheduler_job" "sweep" {
  name             = "${local.prefix}-sweep"
  region           = var.region
  description      = "Ends, stuck work, unsent messages, reconciliation with the cloud"
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "${local.functions["reaper"].seconds}s"

  retry_config {
    retry_count = 0 # the next minute is the retry
  }

  http_target {
    http_method = "POST"
    uri         = "${local.address["reaper"]}/"

    oidc_token {
      service_account_email = local.email["scheduler"]
      audience              = local.address["reaper"]
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}
