output "url" {
  description = "Where people reach the page."
  value       = local.public_url
}

output "load_balancer_ip" {
  description = "The address that the domain has to point to."
  value       = google_compute_global_address.front.address
}

output "dns_record" {
  description = "The record to set before the certificate can be issued."
  value       = "${var.domain}. 300 IN A ${google_compute_global_address.front.address}"
}

output "certificate" {
  description = "The managed certificate: gcloud compute ssl-certificates describe NAME --global."
  value       = google_compute_managed_ssl_certificate.front.name
}

output "page_bucket" {
  description = "Where the built page goes: assets/ for ever, everything else with Cache-Control: no-cache."
  value       = google_storage_bucket.page.name
}

output "function_services" {
  description = "The Cloud Run service of each function, whose traffic is shifted by gcloud."
  value       = { for name, function in google_cloudfunctions2_function.function : name => reverse(split("/", function.service_config[0].service))[0] }
}

output "migrate_job" {
  description = "The Cloud Run job that migrates the database, inside the VPC."
  value       = google_cloud_run_v2_job.migrate.name
}

output "smoke_job" {
  description = "The Cloud Run job that asks new revisions, by FUNCTION=URL,…, from inside the network."
  value       = google_cloud_run_v2_job.smoke.name
}

output "release_topic" {
  description = "Where the first build hands a release over to the second, which waits for its approval."
  value       = google_pubsub_topic.releases.name
}

output "service_accounts" {
  description = "The service account of each function and of each other worker."
  value       = local.email
}

output "vm_state_bucket" {
  description = "The state of each VM that the Terraform engine makes."
  value       = google_storage_bucket.bucket["vm-states"].name
}

output "secret_versions" {
  description = "Which number of each secret has been written."
  value       = { for name, version in google_secret_manager_secret_version.secret : name => version.secret_data_wo_version }
}
