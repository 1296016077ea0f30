resource "google_billing_budget" "budget" {
  count = var.billing_account == "" ? 0 : 1

  provider = google.billing

  billing_account = var.billing_account
  display_name    = "VM Creator (${var.environment})"

  budget_filter {
    projects = ["projects/${var.project_number}", "projects/${var.vm_project_number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.admin.id]
  }

  depends_on = [google_project_service.api]
}
