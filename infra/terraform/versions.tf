terraform {
  # 1.11 is the first with write-only arguments; OpenTofu has them from 1.11 too.
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }

  # Bucket, prefix and, where the state has a key of its own, kms_encryption_key come by -backend-config.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = local.labels
}

# The APIs of the budget and of Firestore's rules bill their calls to a project: a person's own credentials name none.
provider "google" {
  alias                 = "billing"
  billing_project       = var.project_id
  user_project_override = true
}
