output "instance_id" {
  description = "Compute's own id of the instance."
  value       = google_compute_instance.vm.instance_id
}

output "instance_name" {
  description = "The instance's name."
  value       = google_compute_instance.vm.name
}

output "zone" {
  description = "The zone that the instance is in."
  value       = google_compute_instance.vm.zone
}

output "external_ip" {
  description = "The external address; empty while the instance has none."
  value       = try(google_compute_instance.vm.network_interface[0].access_config[0].nat_ip, "")
}

output "firewall_id" {
  description = "The firewall rule's path, projects/PROJECT/global/firewalls/NAME."
  value       = google_compute_firewall.access.id
}

output "termination_time" {
  description = "When Compute Engine deletes the instance by itself, as it was set."
  value       = google_compute_instance.vm.scheduling[0].termination_time
}
