resource "google_monitoring_notification_channel" "admin" {
  display_name = "VM Creator's administrator"
  type         = "email"
  labels       = { email_address = var.admin_email }

  depends_on = [google_project_service.api]
}

# What is promised: of what people ask in 28 days, 99.5 % is answered and not by a 5xx, and 95 % within two seconds
# (streams and suggestions of a model, which take as long as they take, aside).
resource "google_monitoring_custom_service" "api" {
  service_id   = local.prefix
  display_name = "VM Creator (${var.environment})"

  depends_on = [google_project_service.api]
}

locals {
  front  = "resource.type=\"https_lb_rule\" AND resource.labels.url_map_name=\"${local.prefix}\""
  quick  = [for name in local.public : "${local.prefix}-${name}" if !contains(["status", "suggest"], name)]
  asked  = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" AND ${local.front}"
  waited = "metric.type=\"loadbalancing.googleapis.com/https/total_latencies\" AND ${local.front} AND resource.labels.backend_target_name=one_of(${join(",", [for name in local.quick : "\"${name}\""])})"
}

resource "google_monitoring_slo" "answered" {
  service             = google_monitoring_custom_service.api.service_id
  slo_id              = "answered"
  display_name        = "99.5 % of requests are answered"
  goal                = 0.995
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = local.asked
      bad_service_filter   = "${local.asked} AND metric.labels.response_code_class=500"
    }
  }
}

resource "google_monitoring_slo" "quick" {
  service             = google_monitoring_custom_service.api.service_id
  slo_id              = "quick"
  display_name        = "95 % of requests within two seconds"
  goal                = 0.95
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = local.waited

      range {
        max = 2000 # milliseconds
      }
    }
  }
}

# Burn rates as in Google's SRE workbook: an hour at 14.4 times uses 2 % of what 28 days may, a day at 3 times 11 %.
resource "google_monitoring_alert_policy" "burning" {
  for_each = { answered = google_monitoring_slo.answered.id, quick = google_monitoring_slo.quick.id }

  display_name          = "VM Creator (${var.environment}): the promise \"${each.key}\" is at risk"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.admin.id]

  dynamic "conditions" {
    for_each = { "3600s" = 14.4, "86400s" = 3 }

    content {
      display_name = "burns ${conditions.value} times too fast over ${conditions.key}"

      condition_threshold {
        filter          = "select_slo_burn_rate(\"${each.value}\", \"${conditions.key}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = conditions.value
        duration        = "0s"
      }
    }
  }
}

locals {
  service = "resource.labels.service_name=\"${local.prefix}-reaper\""

  # Above `above` for `lasting`; a null `above` means that it must not be absent.
  alerts = {
    unreachable = {
      what    = "The platform does not answer"
      filter  = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.answers.uptime_check_id}\""
      above   = 1 # of the places that ask
      lasting = "300s"
      align   = "ALIGN_NEXT_OLDER"
      reduce  = "REDUCE_COUNT_FALSE"
      period  = "1200s"
      advice  = "Asked from outside as people reach it: the DNS record, the certificate, the load balancer, status, the database, in this order. VMs' ends do not depend on it."
    }
    undying = {
      what    = "A VM will not die"
      filter  = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.metric["undying"].name}\" AND resource.type=\"cloud_run_revision\""
      above   = 0
      lasting = "0s"
      align   = "ALIGN_SUM"
      advice  = "Its deletion has been tried for longer than LOUD_AFTER. The log names what is left of it: delete that by hand; the next sweep confirms it."
    }
    leftovers = {
      what    = "An orphan could not be destroyed"
      filter  = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.metric["leftovers"].name}\" AND resource.type=\"cloud_run_revision\""
      above   = 0
      lasting = "600s"
      align   = "ALIGN_SUM"
      advice  = "The log names it, and the code that Compute answered. Administration lists it under orphans."
    }
    sweeps = {
      what    = "Sweeps fail"
      filter  = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.metric["sweeps"].name}\" AND resource.type=\"cloud_run_revision\""
      above   = 0
      lasting = "300s"
      align   = "ALIGN_SUM"
      advice  = "The reaper's log says which part. Ends are kept meanwhile by Cloud Tasks, and each machine by its own switch."
    }
    swept = {
      what    = "Nothing has been swept"
      filter  = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND ${local.service} AND metric.labels.response_code_class=\"2xx\""
      above   = null
      lasting = "300s"
      align   = "ALIGN_RATE"
      advice  = "Cloud Scheduler wakes the reaper every minute, and no call has succeeded for five. Look at the job, then at the reaper's log."
    }
    dead_letters = {
      what    = "Dead letters wait"
      filter  = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead.name}\""
      above   = 0
      lasting = "300s"
      align   = "ALIGN_MAX"
      advice  = "Provision refused a message twenty times, and the reaper has not collected it. Administration shows those that were."
    }
    late_looks = {
      what    = "Looks are late"
      filter  = "metric.type=\"cloudtasks.googleapis.com/queue/depth\" AND resource.type=\"cloud_tasks_queue\" AND resource.labels.queue_id=\"${google_cloud_tasks_queue.looks.name}\""
      above   = 1000
      lasting = "900s"
      align   = "ALIGN_MAX"
      advice  = "More looks are due than provision takes: raise instances.provision, and with it the database's connections."
    }
    connections = {
      what    = "The database is near its connection limit"
      filter  = "metric.type=\"cloudsql.googleapis.com/database/postgresql/num_backends\" AND resource.type=\"cloudsql_database\" AND resource.labels.database_id=\"${var.project_id}:${local.database_name}\""
      above   = floor(var.database.max_connections * 0.9)
      lasting = "300s"
      align   = "ALIGN_MAX"
      advice  = "The functions' own ceiling is below it: look for who else is connected."
    }
    disk = {
      what    = "The database's disk is nearly full"
      filter  = "metric.type=\"cloudsql.googleapis.com/database/disk/utilization\" AND resource.type=\"cloudsql_database\" AND resource.labels.database_id=\"${var.project_id}:${local.database_name}\""
      above   = 0.9
      lasting = "900s"
      align   = "ALIGN_MAX"
      advice  = "It grows by itself; if it does not, it has reached a quota."
    }
  }
}

# What nobody asks for, no promise counts.
resource "google_monitoring_uptime_check_config" "answers" {
  display_name = "VM Creator (${var.environment})"
  period       = "300s"
  timeout      = "30s" # a cold start, and its first connection

  http_check {
    path         = "/api/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = var.domain }
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "VM Creator (${var.environment}): ${each.value.what}"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.admin.id]

  conditions {
    display_name = each.value.what

    dynamic "condition_threshold" {
      for_each = each.value.above == null ? [] : [each.value.above]

      content {
        filter          = each.value.filter
        comparison      = "COMPARISON_GT"
        threshold_value = condition_threshold.value
        duration        = each.value.lasting

        aggregations {
          alignment_period     = try(each.value.period, "60s")
          per_series_aligner   = each.value.align
          cross_series_reducer = try(each.value.reduce, each.value.align == "ALIGN_SUM" ? "REDUCE_SUM" : "REDUCE_MAX")
        }
      }
    }

    dynamic "condition_absent" {
      for_each = each.value.above == null ? [each.value.lasting] : []

      content {
        filter   = each.value.filter
        duration = condition_absent.value

        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = each.value.align
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  documentation {
    content = each.value.advice
  }

  # Cloud Monitoring knows a new metric of the logs some ten minutes after it is made: about as long as these two take.
  depends_on = [google_cloudfunctions2_function.function, google_sql_database_instance.registry]
}
