# The VMs' network, in their own project. Nothing comes in but by a VM's own rule, which the platform makes for the
# requester's address alone, and nothing goes from one VM to another.
locals {
  vm_ranges = "10.128.0.0/9"

  # From RFC 1918, RFC 6598 and RFC 3927, less the metadata server, which no rule reaches.
  inside_ranges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]

  # Where Identity-Aware Proxy's TCP forwarding comes from (its documentation, "Create a firewall rule").
  iap_range = "35.235.240.0/20"
}

# The network that Google makes in a new project lets everybody in on 22 and 3389. It stays empty: no role of ours can put
# a machine into a subnet but these.
resource "google_compute_network" "vms" {
  project                 = var.vm_project_id
  name                    = local.vm_prefix
  auto_create_subnetworks = false

  depends_on = [google_project_service.api]
}

# Named as the network is, in every region: so an instance names its subnet by its network and its region, as in a
# network that makes its own.
resource "google_compute_subnetwork" "vms" {
  for_each = toset(local.vm_regions)

  project                  = var.vm_project_id
  name                     = google_compute_network.vms.name
  network                  = google_compute_network.vms.id
  region                   = each.key
  ip_cidr_range            = cidrsubnet(local.vm_ranges, 11, index(local.vm_regions, each.key))
  private_ip_google_access = true

  log_config {
    flow_sampling = 0.1
  }
}

# For machines without an address of their own, which the platform does not make yet.
resource "google_compute_router" "vms" {
  for_each = google_compute_subnetwork.vms

  project = var.vm_project_id
  name    = local.vm_prefix
  network = google_compute_network.vms.id
  region  = each.key
}

resource "google_compute_router_nat" "vms" {
  for_each = google_compute_router.vms

  project                            = var.vm_project_id
  name                               = local.vm_prefix
  router                             = each.value.name
  region                             = each.key
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

resource "google_compute_firewall" "vms_nothing_in" {
  project       = var.vm_project_id
  name          = "${local.vm_prefix}-nothing-in"
  network       = google_compute_network.vms.id
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

# The one rule that VMs share, kept for a way in by IAP, which the platform does not offer yet: it gives no machine this
# tag. Who may pass is then IAP's to say: a Google identity with a grant on the tunnel.
resource "google_compute_firewall" "vms_iap" {
  project       = var.vm_project_id
  name          = "${local.vm_prefix}-iap"
  network       = google_compute_network.vms.id
  direction     = "INGRESS"
  priority      = 1000
  source_ranges = [local.iap_range]
  target_tags   = ["${local.vm_prefix}-iap"]

  allow {
    protocol = "tcp"
    ports    = ["22", "3389"]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

# Whatever a VM's own rule lets in, no VM calls another, nor anything else that is not on the internet.
resource "google_compute_firewall" "vms_not_each_other" {
  project            = var.vm_project_id
  name               = "${local.vm_prefix}-not-each-other"
  network            = google_compute_network.vms.id
  direction          = "EGRESS"
  priority           = 100
  destination_ranges = local.inside_ranges

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}
