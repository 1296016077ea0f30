terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }

  # One state object for each VM: bucket and prefix are said at init.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id

  # The label that Terraform would add is one that the other engine's machines have not.
  add_terraform_attribution_label = false
}
