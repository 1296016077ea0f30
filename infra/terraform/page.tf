# The static page.
resource "google_storage_bucket" "page" {
  # checkov:skip=CKV_GCP_62:The load balancer logs every request
  # checkov:skip=CKV_GCP_63:It logs to no bucket
  # checkov:skip=CKV_GCP_114:The page is for everybody, before anybody has signed in
  name                        = "${var.project_id}-${local.prefix}-page"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "inherited"
  force_destroy               = true # it is built from the source

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
  }

  depends_on = [google_project_service.api]
}

# To read an object by its name, not to list them.
resource "google_storage_bucket_iam_member" "page_readers" {
  # checkov:skip=CKV_GCP_28:The page is for everybody, before anybody has signed in
  bucket = google_storage_bucket.page.name
  role   = "roles/storage.legacyObjectReader"
  member = "allUsers"
}

resource "google_compute_backend_bucket" "page" {
  name                 = "${local.prefix}-page"
  bucket_name          = google_storage_bucket.page.name
  enable_cdn           = true
  compression_mode     = "AUTOMATIC"
  edge_security_policy = google_compute_security_policy.edge.id

  # Also where the index answers for a deep link: that answer is not the rule's own, whose headers it may lack.
  custom_response_headers = [for name, value in local.page_headers : "${name}: ${value}"]

  cdn_policy {
    cache_mode       = "USE_ORIGIN_HEADERS"
    negative_caching = false
  }
}

locals {
  # One source with the local front door.
  page_headers = jsondecode(file("${path.module}/../page_headers.json"))
}
