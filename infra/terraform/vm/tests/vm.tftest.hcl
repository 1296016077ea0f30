# What the module makes of its variables, and which it refuses. No account, no network:
#   terraform init -backend=false && terraform test
mock_provider "google" {}

variables {
  project_id       = "demo"
  zone             = "us-west1-b"
  name             = "django-001-a"
  machine_type     = "e2-standard-2"
  image            = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2604-lts-amd64"
  disk             = { size_gib = 20, type = "pd-balanced" }
  spot             = false
  network          = "default"
  network_tag      = "vmc-test-k2345"
  labels           = { vmc-id = "k2345", vmc-environment = "test" }
  metadata         = { block-project-ssh-keys = "TRUE" }
  termination_time = "2026-11-26T18:00:00.000Z"
  firewall         = { name = "vmc-test-k2345-access", source_ranges = ["203.0.113.7/32"], ports = [22], description = "vmc-id=k2345" }
}

run "an_ordinary_machine" {
  command = plan

  assert {
    condition     = length(google_compute_instance.vm.service_account) == 0
    error_message = "The machine has a service account."
  }

  assert {
    condition     = google_compute_instance.vm.shielded_instance_config[0].enable_secure_boot && google_compute_instance.vm.shielded_instance_config[0].enable_vtpm
    error_message = "The machine is not shielded."
  }

  assert {
    condition     = google_compute_instance.vm.scheduling[0].instance_termination_action == "DELETE" && google_compute_instance.vm.scheduling[0].termination_time == var.termination_time
    error_message = "The machine is not deleted at its termination time."
  }

  assert {
    condition     = google_compute_instance.vm.scheduling[0].on_host_maintenance == "MIGRATE" && google_compute_instance.vm.scheduling[0].automatic_restart
    error_message = "An ordinary machine moves to another host, and comes back after a crash."
  }

  assert {
    condition     = google_compute_instance.vm.boot_disk[0].initialize_params[0].labels == var.labels
    error_message = "The boot disk is not labelled as its machine is."
  }

  assert {
    condition     = google_compute_firewall.access.target_tags == toset([var.network_tag]) && google_compute_firewall.access.source_ranges == toset(var.firewall.source_ranges)
    error_message = "The rule opens more than this machine, or to more than was asked for."
  }
}

run "a_machine_with_a_gpu" {
  command = plan

  variables {
    machine_type = "n1-standard-4"
    gpu          = { type = "nvidia-tesla-t4", count = 1 }
  }

  assert {
    condition     = google_compute_instance.vm.scheduling[0].on_host_maintenance == "TERMINATE" && google_compute_instance.vm.scheduling[0].automatic_restart
    error_message = "A machine with a GPU is not moved to another host."
  }

  assert {
    condition     = google_compute_instance.vm.guest_accelerator[0].count == 1 && !google_compute_instance.vm.shielded_instance_config[0].enable_secure_boot
    error_message = "The GPU is not attached, or its driver could not be loaded."
  }
}

run "what_makes_no_sense" {
  command = plan

  variables {
    project_id       = "Demo"
    zone             = "us-west1"
    name             = "Django"
    machine_type     = "big"
    image            = "ubuntu-2604"
    disk             = { size_gib = 9, type = "floppy" }
    gpu              = { type = "voodoo", count = 3 }
    network          = "projects/demo/global/networks/default"
    network_tag      = "-"
    labels           = { vmc-id = "k2345" }
    metadata         = {}
    termination_time = "tomorrow"
    firewall         = { name = "x-", source_ranges = [], ports = [], description = "" }
  }

  expect_failures = [
    var.project_id, var.zone, var.name, var.machine_type, var.image, var.disk, var.gpu, var.network, var.network_tag,
    var.labels, var.metadata, var.termination_time, var.firewall,
  ]
}

run "a_rule_for_no_port_or_for_nobody" {
  command = plan

  variables {
    disk     = { size_gib = 20.5, type = "pd-balanced" }
    labels   = { vmc-id = "k2345", vmc-environment = "Test" }
    firewall = { name = "access", source_ranges = ["203.0.113.7"], ports = [0], description = "" }
  }

  expect_failures = [var.disk, var.labels, var.firewall]
}
