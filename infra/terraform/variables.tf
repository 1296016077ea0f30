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
    condition     = var.engine == "compute" || contains(keys(var.builders), "terraform")
    error_message = "The Terraform engine needs builders.terraform, the image it runs in."
  }
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

variable "state_key" {
  description = "The key that encrypts those two buckets, made with them; null: vmc-ENVIRONMENT-bootstrap's key `state`."
  type        = string
  default     = null
}

variable "adopt_buckets" {
  description = "Whether those two buckets are there and are taken into the state; false makes them, in a plan that asks nobody, say."
  type        = bool
  default     = true
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

# What it is allowed

variable "signup" {
  description = "Who may have an account: whoever is invited, or everybody. It is someone's bill."
  type        = string
  default     = "invitation"

  validation {
    condition     = contains(["open", "invitation"], var.signup)
    error_message = "open or invitation"
  }
}

variable "access_ranges" {
  description = "Networks (a VPN's, say) that may log in to the VMs, instead of the requester's address alone."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.access_ranges : can(cidrhost(range, 0)) && !endswith(range, "/0")])
    error_message = "Each is a network in CIDR form, and none is everybody's."
  }
}

variable "settings" {
  description = "Further variables of .env.example, the figures of a VM's life and the quotas, for every function."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.settings), local.reserved_settings)) == 0
    error_message = "These are set by the deployment or kept as secrets: ${join(", ", local.reserved_settings)}."
  }
}

variable "openai" {
  description = "The model's name and, where it is not OpenAI's own, the address of its provider. It is asked only where secret_versions has OPENAI_API_KEY."
  type        = object({ model = optional(string, "gpt-4.1-mini"), base_url = optional(string, "") })
  default     = {}
  nullable    = false
}

variable "smtp" {
  description = "The mail server; null: no mail."
  type = object({
    host = string
    port = optional(number, 587)
    user = optional(string, "")
    from = string
    tls  = optional(string, "starttls")
  })
  default = null

  validation {
    condition     = var.smtp == null || contains(["starttls", "implicit"], try(var.smtp.tls, ""))
    error_message = "Mail leaves by starttls or by implicit TLS."
  }
}

variable "secret_versions" {
  description = "Which secrets there are, and the number of each one's value: a higher number writes secret_values anew."
  type        = map(number)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.secret_versions), keys(local.secret_readers))) == 0
    error_message = "The secrets are ${join(", ", keys(local.secret_readers))}."
  }
}

variable "secret_values" {
  description = "Their values, written and kept nowhere but in Secret Manager. Needed only where a number has changed."
  type        = map(string)
  default     = {}
  sensitive   = true
  ephemeral   = true
}

# How large, how long, how dear

variable "database" {
  description = "Cloud SQL's machine, the gibibytes it starts with, ZONAL or REGIONAL, its connection limit, and the days that backups are kept."
  type = object({
    tier            = optional(string, "db-custom-1-3840")
    disk_gib        = optional(number, 10)
    availability    = optional(string, "ZONAL")
    max_connections = optional(number, 200)
    backup_days     = optional(number, 14)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.database.availability)
    error_message = "ZONAL or REGIONAL"
  }

  validation {
    condition     = var.database.max_connections >= 25 && var.database.max_connections <= 1000
    error_message = "25 to 1000 connections."
  }
}

variable "instances" {
  description = "The most running copies of a function, in place of the default; with the pool and two revisions they stay under max_connections."
  type        = map(number)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.instances), keys(local.functions))) == 0
    error_message = "The functions are ${join(", ", keys(local.functions))}."
  }

  validation {
    condition     = alltrue([for most in values(var.instances) : most >= 1])
    error_message = "Every function runs in one copy at least."
  }
}

variable "looks" {
  description = "How fast Cloud Tasks wakes provision: dispatches a second and at a time. Null: our share of what Compute Engine takes in a minute (infra/look_rates.json), and no more at a time than provision's copies take."
  type        = object({ per_second = number, at_a_time = number })
  default     = null
}

variable "requests_per_minute" {
  description = "What one address may ask of the load balancer in a minute before it answers 429."
  type        = number
  default     = 600
}

variable "log_retention_days" {
  description = "How long logs and audit logs are kept."
  type        = number
  default     = 400

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 3650
    error_message = "30 to 3650 days."
  }
}

variable "seals" {
  description = "How long the heads of the receipts' chain cannot be deleted, and whether that is locked: a lock cannot be taken back, and the bucket outlives the deployment."
  type        = object({ days = optional(number, 3650), locked = optional(bool, true) })
  default     = {}
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether database, live documents and keys refuse to be deleted. make destroy lifts it, and nothing else should."
  type        = bool
  default     = true
}

variable "billing_account" {
  description = "The billing account that the budget is made in; empty: no budget."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})?$", var.billing_account))
    error_message = "A billing account looks like 0X0X0X-0X0X0X-0X0X0X."
  }
}

variable "budget" {
  description = "What both projects together may cost in a month before mail is sent, in whole units of the billing account's currency."
  type        = number
  default     = 300
}
