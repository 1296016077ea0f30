# Where it is deployed

variable "project_id" {
  description = "The project of the platform itself: functions, database, page."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "project_number" {
  description = "The number of that project: gcloud projects describe PROJECT --format='value(projectNumber)'. Given, so that a plan needs to ask nobody."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "A project number has digits alone."
  }
}

variable "vm_project_id" {
  description = "The project that holds the VMs and nothing else, so that quota, firewall and cost are theirs alone."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.vm_project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = var.vm_project_id != var.project_id
    error_message = "The VMs live in a project of their own: name another than project_id."
  }
}

variable "vm_project_number" {
  description = "The number of the VMs' project."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.vm_project_number))
    error_message = "A project number has digits alone."
  }
}

variable "region" {
  description = "The region of the functions, the database and the queue; the VMs' regions are the catalogue's."
  type        = string
  default     = "us-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region looks like europe-west2."
  }
}

variable "environment" {
  description = "This deployment's name, in every label and name of what it makes."
  type        = string
  default     = "prod"

  validation {
    condition     = can(regex("^[a-z0-9]{1,12}$", var.environment))
    error_message = "1 to 12 lower-case letters and digits, no hyphen, so that no prefix begins another."
  }
}

variable "domain" {
  description = "The host name that people use; its A record has to point to the output load_balancer_ip."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "A host name in lower case, without scheme or path: vms.example.com."
  }
}

variable "admin_email" {
  description = "The first administrator; alerts go there too."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.admin_email))
    error_message = "This is not an e-mail address."
  }
}

# What is deployed

variable "functions" {
  description = "The staged zip of each function in the artefact bucket, named by its digest (infra/stage.py writes functions.auto.tfvars.json)."
  type        = map(object({ object = string, sha256 = string }))

  validation {
    condition     = toset(keys(var.functions)) == toset(keys(local.functions))
    error_message = "One zip for each function and no other: ${join(", ", keys(local.functions))}."
  }

  validation {
    condition     = alltrue([for name, zip in var.functions : endswith(zip.object, "${name}-${zip.sha256}.zip")])
    error_message = "A zip is named FUNCTION-SHA256.zip, so that other source is another object."
  }
}

variable "migrate_image" {
  description = "The image of the migration job (python -m shared.migrate), pinned by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.migrate_image))
    error_message = "Name the image by its digest: …@sha256:…"
  }
}

variable "builders" {
  description = "The images that builds run in, by short name, each pinned by digest. The Terraform engine needs `terraform`."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for image in values(var.builders) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "Name every image by its digest: …@sha256:…"
  }
}

variable "engine" {
  description = "What makes the VMs: calls of the Compute API, or Terraform in Cloud Build."
  type        = string
  default     = "compute"

  validation {
    condition     = contains(["compute", "terraform"], var.engine)
    error_message = "compute or terraform"
  }

  validation {
    condition     = (var.engine == "compute" && !var.ends_terraform_vms) || contains(keys(var.builders), "terraform")
    error_message = "The Terraform engine needs builders.terraform, the image it runs in."
  }
}

variable "ends_terraform_vms" {
  description = "Whether VMs that Terraform made may live on after the engine has become compute: it keeps the means to end them."
  type        = bool
  default     = false
}

variable "artifact_bucket" {
  description = "The bucket of the staged zips and the saved plans. Made before Terraform can run."
  type        = string
}

variable "state_bucket" {
  description = "The bucket of this deployment's state. Made before Terraform can run."
  type        = string

  validation {
    condition     = var.state_bucket != var.artifact_bucket
    error_message = "State and artefacts are read by different accounts: name two buckets."
  }
}

variable "adopt" {
  description = "What is there already and is taken into the state: the two buckets, made before Terraform could run; `keys` and `seals`, which an earlier deployment of this name has left. Empty: all is made, in a plan that asks nobody, say."
  type        = set(string)
  default     = ["artifacts", "state"]

  validation {
    condition     = length(setsubtract(var.adopt, ["artifacts", "keys", "seals", "state"])) == 0
    error_message = "artifacts, state, keys or seals"
  }
}

variable "repository" {
  description = "The GitHub repository, connected to Cloud Build, that triggers build from; null: no triggers, deployments are made by make deploy."
  type        = object({ owner = string, name = string, branch = optional(string, "^main$") })
  default     = null
}

variable "approvers" {
  description = "Who may approve a plan before it is applied: user:…, group:…"
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for who in var.approvers : can(regex("^(user|group):[^@ ]+@[^@ ]+$", who))])
    error_message = "Name people: user:NAME@DOMAIN or group:NAME@DOMAIN."
  }
}
