variable "project_id" {
  description = "The project that the VM is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9.-]+:)?[a-z][a-z0-9-]{0,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is a project's id, such as my-project: not its number and not its name."
  }
}

variable "zone" {
  description = "The zone that the VM is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+[0-9]+-[a-z][a-z0-9]*$", var.zone))
    error_message = "zone is a zone's name, such as us-west1-b."
  }
}

variable "name" {
  description = "The instance's name; its boot disk has the same."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", var.name))
    error_message = "name is at most 63 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen."
  }
}

variable "machine_type" {
  description = "The machine type's name, predefined or custom."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)+$", var.machine_type))
    error_message = "machine_type is a name without its link, such as e2-standard-2."
  }
}

variable "image" {
  description = "The image family that the boot disk is made from: its newest image at that moment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^projects/[a-z0-9.:-]+/global/images/family/[a-z0-9-]+$", var.image))
    error_message = "image is an image family, projects/PROJECT/global/images/family/FAMILY."
  }
}

variable "disk" {
  description = "The boot disk: size in GiB, and type."
  type        = object({ size_gib = number, type = string })
  nullable    = false

  validation {
    condition     = var.disk.size_gib == floor(var.disk.size_gib) && var.disk.size_gib >= 10 && var.disk.size_gib <= 65536
    error_message = "disk.size_gib is a whole number of GiB from 10 to 65536."
  }

  validation {
    condition     = can(regex("^(pd|hyperdisk)-[a-z-]+$", var.disk.type))
    error_message = "disk.type is a persistent disk's or a Hyperdisk's type, such as pd-balanced."
  }
}

variable "gpu" {
  description = "GPUs to attach; null for none and for machine types that have their own."
  type        = object({ type = string, count = number })
  default     = null

  validation {
    condition     = var.gpu == null || can(regex("^nvidia-[a-z0-9-]+$", var.gpu.type))
    error_message = "gpu.type is an accelerator type's name, such as nvidia-tesla-t4."
  }

  validation {
    condition     = var.gpu == null || try(contains([1, 2, 4, 8, 16], var.gpu.count), false)
    error_message = "gpu.count is 1, 2, 4, 8 or 16."
  }
}

variable "spot" {
  description = "Whether the VM takes spare capacity, which may be taken back at any moment: it is deleted then."
  type        = bool
  nullable    = false
}

variable "network" {
  description = "The name of the VPC network, in the same project, and of its subnet in each region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", var.network))
    error_message = "network is a network's name without its link, such as default."
  }
}

variable "network_tag" {
  description = "The tag that ties the firewall rule to this VM alone."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", var.network_tag))
    error_message = "network_tag is at most 63 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "labels" {
  description = "Labels of the instance and of its boot disk; by vmc-id and vmc-environment both are found if they are left behind."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for label in ["vmc-id", "vmc-environment"] : contains(keys(var.labels), label)])
    error_message = "labels needs vmc-id and vmc-environment: without them nobody finds what is left behind."
  }

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: keys and values are at most 63 lower-case letters, digits, underscores and hyphens, and a key begins with a letter."
  }
}

variable "metadata" {
  description = "Metadata of the instance, its start-up script included. Everybody in the project can read it: no secrets."
  type        = map(string)
  nullable    = false

  validation {
    condition     = lookup(var.metadata, "block-project-ssh-keys", "") == "TRUE"
    error_message = "metadata needs block-project-ssh-keys = \"TRUE\": the project's keys open no VM of another's."
  }
}

variable "termination_time" {
  description = "When Compute Engine deletes the instance by itself (RFC 3339)."
  type        = string
  nullable    = false

  validation {
    condition     = can(timeadd(var.termination_time, "0s"))
    error_message = "termination_time is a time as RFC 3339 writes it, such as 2026-11-25T18:00:00Z."
  }
}

variable "firewall" {
  description = "The one firewall rule: who (CIDR) may reach which TCP ports. Its description tells the VM's id and end, since rules carry no labels."
  type        = object({ name = string, source_ranges = list(string), ports = list(number), description = string })
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", var.firewall.name))
    error_message = "firewall.name is at most 63 lower-case letters, digits and hyphens, and begins with a letter."
  }

  validation {
    condition     = length(var.firewall.source_ranges) > 0 && alltrue([for range in var.firewall.source_ranges : can(regex("^[0-9A-Fa-f.:]+/[0-9]+$", range)) && can(cidrhost(range, 0))])
    error_message = "firewall.source_ranges is at least one range in CIDR notation: without any, Compute lets everybody in."
  }

  validation {
    condition     = length(var.firewall.ports) > 0 && alltrue([for port in var.firewall.ports : port == floor(port) && port >= 1 && port <= 65535])
    error_message = "firewall.ports is at least one port from 1 to 65535: without any, the rule opens all."
  }
}

variable "adopt" {
  description = "What an earlier run made and could not write into its state. It must be there; what is in the state already is left as it is."
  type        = object({ instance = optional(bool, false), firewall = optional(bool, false) })
  default     = {}
  nullable    = false
}
