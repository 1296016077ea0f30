# The platform's own network: the functions' way to the database, and nothing else. What they say to Google's APIs, the
# model's provider and the mail server leaves Cloud Run directly.
resource "google_compute_network" "platform" {
  name                            = local.prefix
  auto_create_subnetworks         = false
  delete_default_routes_on_create = true

  depends_on = [google_project_service.api]
}

resource "google_compute_subnetwork" "functions" {
  name                     = "${local.prefix}-functions"
  network                  = google_compute_network.platform.id
  region                   = var.region
  ip_cidr_range            = "10.0.0.0/22"
  private_ip_google_access = true

  log_config {
    flow_sampling = 0.1
  }
}

# Where Cloud SQL has its private address.
resource "google_compute_global_address" "services" {
  name          = "${local.prefix}-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  address       = "10.0.16.0"
  prefix_length = 20
  network       = google_compute_network.platform.id
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.platform.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]

  # Google refuses to end the peering for some days after the last database is gone; the network's deletion ends it.
  deletion_policy = "ABANDON"
}

resource "google_compute_firewall" "platform_nothing_in" {
  name          = "${local.prefix}-nothing-in"
  network       = google_compute_network.platform.id
  direction     = "INGRESS"
  priority      = 65534
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "platform_to_database" {
  name               = "${local.prefix}-to-database"
  network            = google_compute_network.platform.id
  direction          = "EGRESS"
  priority           = 1000
  destination_ranges = ["${google_compute_global_address.services.address}/${google_compute_global_address.services.prefix_length}"]

  allow {
    protocol = "tcp"
    ports    = ["3307"] # the Cloud SQL connector's; PostgreSQL's own stays closed
  }
}

resource "google_compute_firewall" "platform_nothing_out" {
  name               = "${local.prefix}-nothing-out"
  network            = google_compute_network.platform.id
  direction          = "EGRESS"
  priority           = 65534
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}
