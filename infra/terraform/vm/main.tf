locals {
  series = split("-", var.machine_type)[0]

  # Series whose types have their GPUs built in: Compute attaches them by the type alone.
  gpu_built_in = contains(["a2", "a3", "a4", "a4x", "g2", "g4"], local.series)
  has_gpu      = var.gpu != null || local.gpu_built_in
  arm          = contains(["c4a", "n4a", "t2a"], local.series)

  network = "projects/${var.project_id}/global/networks/${var.network}"

  # In every region the subnet is named as its network is: so a network that makes its own has it.
  region     = trimsuffix(var.zone, regex("-[^-]+$", var.zone))
  subnetwork = "projects/${var.project_id}/regions/${local.region}/subnetworks/${var.network}"
}

resource "google_compute_instance" "vm" {
  # checkov:skip=CKV_GCP_32:It comes with the metadata, as the direct engine sets it
  # checkov:skip=CKV_GCP_38:A disk lives for one lease, encrypted by Google's keys; one of ours would have to outlive it
  # checkov:skip=CKV_GCP_40:People log in from outside; the VM's rule lets in the requester's address alone
  name         = var.name
  zone         = var.zone
  machine_type = var.machine_type
  labels       = var.labels
  metadata     = var.metadata
  tags         = [var.network_tag]

  boot_disk {
    auto_delete = true

    initialize_params {
      image  = var.image
      size   = var.disk.size_gib
      type   = var.disk.type
      labels = var.labels
    }
  }

  network_interface {
    network    = local.network
    subnetwork = local.subnetwork
    access_config {}
  }

  # Without a service_account block it has none.

  scheduling {
    provisioning_model          = var.spot ? "SPOT" : "STANDARD"
    preemptible                 = var.spot
    automatic_restart           = !var.spot
    on_host_maintenance         = var.spot || local.has_gpu ? "TERMINATE" : "MIGRATE"
    instance_termination_action = "DELETE"
    termination_time            = var.termination_time
  }

  shielded_instance_config {
    # Off for a GPU, useless without NVIDIA's kernel modules, which are built on the machine and signed by nobody that
    # secure boot knows; and on Arm, where several public images have no signed boot loader.
    enable_secure_boot          = !(local.has_gpu || local.arm)
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  dynamic "guest_accelerator" {
    for_each = var.gpu != null && !local.gpu_built_in ? [var.gpu] : []

    content {
      type  = guest_accelerator.value.type
      count = guest_accelerator.value.count
    }
  }

  lifecycle {
    # What the platform changes through the Compute API while the VM lives: its end wherever it is told, its power, its
    # size, and the keys that people log in with or ask for a password with.
    ignore_changes = [
      boot_disk[0].initialize_params[0].labels,
      boot_disk[0].initialize_params[0].size,
      desired_status,
      labels,
      machine_type,
      metadata["ssh-keys"],
      metadata["windows-keys"],
      scheduling[0].termination_time,
    ]
  }
}

resource "google_compute_firewall" "access" {
  name          = var.firewall.name
  description   = var.firewall.description
  network       = local.network
  direction     = "INGRESS"
  source_ranges = var.firewall.source_ranges
  target_tags   = [var.network_tag]

  allow {
    protocol = "tcp"
    ports    = [for port in var.firewall.ports : tostring(port)]
  }

  lifecycle {
    ignore_changes = [description]
  }
}

import {
  for_each = var.adopt.instance ? toset([var.name]) : toset([])
  to       = google_compute_instance.vm
  id       = "projects/${var.project_id}/zones/${var.zone}/instances/${each.key}"
}

import {
  for_each = var.adopt.firewall ? toset([var.firewall.name]) : toset([])
  to       = google_compute_firewall.access
  id       = "projects/${var.project_id}/global/firewalls/${each.key}"
}
