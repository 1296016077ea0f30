# Brings the database's schema up to date, from inside the network: Cloud Build's own machines do not reach it.
resource "google_cloud_run_v2_job" "migrate" {
  name                = "${local.prefix}-migrate"
  location            = var.region
  deletion_protection = false # it holds nothing

  template {
    template {
      service_account = local.email["migrate"]
      max_retries     = 0 # all migrations are one transaction; a second try is a person's decision
      timeout         = "900s"

      containers {
        image   = var.migrate_image
        command = ["migrate"] # a process of its Procfile: the launcher alone sets Python's path

        dynamic "env" {
          for_each = local.environments["migrate"]

          content {
            name  = env.key
            value = env.value
          }
        }

        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }
      }

      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"

        network_interfaces {
          network    = google_compute_network.platform.name
          subnetwork = google_compute_subnetwork.functions.name
        }
      }
    }
  }

  depends_on = [google_sql_user.worker, google_project_iam_member.database]
}
