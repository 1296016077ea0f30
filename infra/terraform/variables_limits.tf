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

  validation {
    condition     = alltrue([for name, value in var.secret_values : length(value) >= (name == "HOOK_KEY" ? 32 : 1)])
    error_message = "No value is empty, and HOOK_KEY has 32 characters or more."
  }
}

# How large, how long, how dear

variable "database" {
  description = "Cloud SQL's name (null: the deployment's; Google keeps a deleted one for a week), machine, the gibibytes it starts with, ZONAL or REGIONAL, its connection limit, and the days that backups are kept."
  type = object({
    name            = optional(string)
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
