locals {
  revisions = "resource.type=\"cloud_run_revision\" resource.label.service_name=starts_with(\"${local.prefix}-\")"

  # Title, metric, how it is summed up.
  charts = [
    { title = "Requests by function", filter = "metric.type=\"run.googleapis.com/request_count\" ${local.revisions}", align = "ALIGN_RATE", by = ["resource.label.service_name"] },
    { title = "Answers by class", filter = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" resource.type=\"https_lb_rule\"", align = "ALIGN_RATE", by = ["metric.label.response_code_class"] },
    { title = "Latency, 95th percentile", filter = "metric.type=\"run.googleapis.com/request_latencies\" ${local.revisions}", align = "ALIGN_PERCENTILE_95", by = ["resource.label.service_name"] },
    { title = "Running copies", filter = "metric.type=\"run.googleapis.com/container/instance_count\" ${local.revisions}", align = "ALIGN_MAX", by = ["resource.label.service_name"] },
    { title = "Errors in the logs", filter = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.metric["errors"].name}\" resource.type=\"cloud_run_revision\"", align = "ALIGN_RATE", by = ["metric.label.function"] },
    { title = "Looks that wait", filter = "metric.type=\"cloudtasks.googleapis.com/queue/depth\" resource.type=\"cloud_tasks_queue\"", align = "ALIGN_MAX", by = ["resource.label.queue_id"] },
    { title = "Messages that wait", filter = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" resource.type=\"pubsub_subscription\"", align = "ALIGN_MAX", by = ["resource.label.subscription_id"] },
    { title = "Database: connections", filter = "metric.type=\"cloudsql.googleapis.com/database/postgresql/num_backends\" resource.type=\"cloudsql_database\"", align = "ALIGN_MAX", by = [] },
    { title = "Database: processor", filter = "metric.type=\"cloudsql.googleapis.com/database/cpu/utilization\" resource.type=\"cloudsql_database\"", align = "ALIGN_MAX", by = [] },
    { title = "Database: disk", filter = "metric.type=\"cloudsql.googleapis.com/database/disk/utilization\" resource.type=\"cloudsql_database\"", align = "ALIGN_MAX", by = [] },
  ]
}

resource "google_monitoring_dashboard" "platform" {
  dashboard_json = jsonencode({
    displayName = "VM Creator (${var.environment})"
    mosaicLayout = {
      columns = 12
      tiles = [
        for index, chart in local.charts : {
          xPos   = index % 2 * 6
          yPos   = floor(index / 2) * 4
          width  = 6
          height = 4
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = {
                      alignmentPeriod    = "60s"
                      perSeriesAligner   = chart.align
                      crossSeriesReducer = "REDUCE_SUM"
                      groupByFields      = chart.by
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })

  depends_on = [google_project_service.api]
}
