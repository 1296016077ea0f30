# Asks each new revision before it gets traffic, by its own address. Those take calls from the load balancer and from inside
# the network alone, so the job's way to Cloud Run leads through it: run.app is private.googleapis.com there, Google's
# documented way into Cloud Run's internal ingress.
resource "google_cloud_run_v2_job" "smoke" {
  name                = "${local.prefix}-smoke"
  location            = var.region
  deletion_protection = false

  template {
    template {
      service_account = local.email["smoke"]
      max_retries     = 0 # it tries again by itself
      timeout         = "600s"

      containers {
        image   = var.migrate_image
        command = ["smoke"] # as migrate.tf; what it asks comes by its environment, at each execution

        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }
      }

      vpc_access {
        egress = "ALL_TRAFFIC"

        network_interfaces {
          network    = google_compute_network.platform.name
          subnetwork = google_compute_subnetwork.functions.name
        }
      }
    }
  }
}

locals {
  private_google = { range = "199.36.153.8/30", addresses = [for host in range(4) : cidrhost("199.36.153.8/30", host)] }
}

resource "google_dns_managed_zone" "run" {
  # checkov:skip=CKV_GCP_16:A private zone is not signed
  name        = "${local.prefix}-run"
  dns_name    = "run.app."
  description = "Cloud Run from inside the network"
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.platform.id
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_dns_record_set" "run" {
  managed_zone = google_dns_managed_zone.run.name
  name         = "*.run.app."
  type         = "A"
  ttl          = 300
  rrdatas      = local.private_google.addresses
}

resource "google_compute_route" "private_google" {
  name             = "${local.prefix}-private-google"
  network          = google_compute_network.platform.id
  dest_range       = local.private_google.range
  next_hop_gateway = "default-internet-gateway"
}

resource "google_compute_firewall" "platform_to_google" {
  name               = "${local.prefix}-to-google"
  network            = google_compute_network.platform.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = [local.private_google.range]

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}
