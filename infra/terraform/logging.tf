# Logs and audit logs of the platform in a bucket of its own, for as long as is stated; the default bucket keeps 30 days.
resource "google_logging_project_bucket_config" "platform" {
  project        = var.project_id
  location       = var.region
  bucket_id      = local.prefix
  description    = "VM Creator (${var.environment})"
  retention_days = var.log_retention_days

  depends_on = [google_project_service.api]
}

resource "google_logging_project_sink" "platform" {
  name        = local.prefix
  description = "The functions, the front door, the database, and who did what to any of them"
  destination = "logging.googleapis.com/${google_logging_project_bucket_config.platform.id}"

  filter = <<-FILTER
    resource.labels.service_name:"${local.prefix}-" OR resource.labels.job_name:"${local.prefix}-"
    OR resource.type="http_load_balancer" OR resource.type="cloudsql_database" OR resource.type="cloud_scheduler_job"
    OR logName:"cloudaudit.googleapis.com"
  FILTER

  unique_writer_identity = true
}

# The same for the VMs' project: who made, changed and deleted which machine, and what its network refused.
resource "google_logging_project_bucket_config" "vms" {
  project        = var.vm_project_id
  location       = var.region
  bucket_id      = local.vm_prefix
  description    = "The VMs of VM Creator (${var.environment})"
  retention_days = var.log_retention_days

  depends_on = [google_project_service.api]
}

resource "google_logging_project_sink" "vms" {
  project                = var.vm_project_id
  name                   = local.vm_prefix
  description            = "Who did what to which VM, and what the network refused"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.vms.id}"
  filter                 = "logName:\"cloudaudit.googleapis.com\" OR logName:\"compute.googleapis.com%2Ffirewall\""
  unique_writer_identity = true
}

# Counted from the functions' structured logs (shared/log.py).
locals {
  log_metrics = {
    errors     = { of = "Errors by function", filter = "severity>=ERROR" }
    undying    = { of = "VMs that will not die", filter = "jsonPayload.message=\"a VM will not die\"" }
    sweeps     = { of = "Parts of a sweep that failed", filter = "jsonPayload.message=\"a part of the sweep failed\"" }
    leftovers  = { of = "Orphans that could not be destroyed", filter = "jsonPayload.message=\"could not be destroyed\"" }
    unreadable = { of = "Wake-ups that nobody can read", filter = "jsonPayload.message=\"an unreadable wake-up\"" }
    unsent     = { of = "Messages that were not sent at once", filter = "jsonPayload.message=\"not sent\"" }
  }
}

resource "google_logging_metric" "metric" {
  for_each = local.log_metrics

  name        = "${local.prefix}/${each.key}"
  description = each.value.of
  filter      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name:\"${local.prefix}-\" AND ${each.value.filter}"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    labels {
      key         = "function"
      value_type  = "STRING"
      description = "The Cloud Run service"
    }
  }

  label_extractors = { function = "EXTRACT(resource.labels.service_name)" }

  depends_on = [google_project_service.api]
}
