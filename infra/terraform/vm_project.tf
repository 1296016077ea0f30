# What the platform may do in the VMs' project, as roles of its own, split by what an IAM condition can know: a resource's
# type and name (and tags that an organisation defines), never its labels.
#
# Expressed: machines and disks in the platform's regions alone; firewall rules and secrets of this environment's name
# alone. No role lends a service account to a machine, so none can be given one.
#
# What conditions cannot express, and the code alone holds to:
# - Machines and their disks are named for people (django-001), their environment is a label: so this project belongs to one
#   deployment, or to several that trust each other.
# - Creating a secret is asked of the project, before there is a name.
# - A rule's network has to allow it (networks.updatePolicy), and a network knows no conditions.
# - Lists and operations are the whole project's.
locals {
  in_regions = join(" || ", [
    for region in local.vm_regions : "resource.name.startsWith('projects/${var.vm_project_id}/zones/${region}-')"
  ])
  our_rules   = "resource.name.startsWith('projects/${var.vm_project_id}/global/firewalls/${local.prefix}-')"
  our_secrets = "resource.name.startsWith('projects/${var.vm_project_number}/secrets/${local.prefix}-')"

  # Terraform in Cloud Build makes and destroys machines where it has to, and never sees a secret.
  makers = concat(["provision", "reaper"], local.has_terraform ? ["terraform"] : [])

  vm_roles = {
    look = {
      title   = "Look at VMs"
      workers = concat(local.makers, ["admin"])
      permissions = [
        "compute.disks.get", "compute.disks.list", "compute.firewalls.get", "compute.firewalls.list",
        "compute.globalOperations.get", "compute.instances.get", "compute.instances.getGuestAttributes",
        "compute.instances.getSerialPortOutput", "compute.instances.list", "compute.networks.get",
        "compute.projects.get", "compute.regions.list", "compute.subnetworks.get", "compute.zoneOperations.get",
        "compute.zoneOperations.list", "compute.zones.get", "secretmanager.secrets.get", "secretmanager.secrets.list",
      ]
      condition = null
    }
    measure = {
      title       = "Measure VMs' use"
      workers     = ["reaper"]
      permissions = ["monitoring.timeSeries.list"]
      condition   = null
    }
    make = {
      title   = "Make and change VMs"
      workers = local.makers
      permissions = [
        "compute.disks.create", "compute.disks.resize", "compute.disks.setLabels", "compute.disks.use",
        "compute.instances.create", "compute.instances.setLabels", "compute.instances.setMachineType",
        "compute.instances.setMetadata", "compute.instances.setScheduling", "compute.instances.setTags",
        "compute.instances.start", "compute.instances.stop",
      ]
      condition = local.in_regions
    }
    destroy = {
      title       = "Destroy VMs"
      workers     = concat(local.makers, ["admin"])
      permissions = ["compute.disks.delete", "compute.instances.delete"]
      condition   = local.in_regions
    }
    open = {
      title       = "Open a VM's firewall rule"
      workers     = local.makers
      permissions = ["compute.firewalls.create", "compute.firewalls.update"]
      condition   = local.our_rules
    }
    close = {
      title       = "Close a VM's firewall rule"
      workers     = concat(local.makers, ["admin"])
      permissions = ["compute.firewalls.delete"]
      condition   = local.our_rules
    }
    network = {
      title       = "Change the rules of the VMs' network"
      workers     = concat(local.makers, ["admin"])
      permissions = ["compute.networks.updatePolicy"]
      condition   = null
    }
    hide = {
      title       = "Make a VM's secret"
      workers     = ["provision", "reaper"]
      permissions = ["secretmanager.secrets.create"]
      condition   = null
    }
    keep = {
      title   = "Keep a VM's secret"
      workers = ["provision", "reaper"]
      permissions = [
        "secretmanager.secrets.update", "secretmanager.versions.access", "secretmanager.versions.add",
        "secretmanager.versions.list",
      ]
      condition = local.our_secrets
    }
    reveal = {
      title       = "Reveal a VM's secret"
      workers     = ["request"]
      permissions = ["secretmanager.versions.access"]
      condition   = local.our_secrets
    }
    forget = {
      title       = "Destroy a VM's secret"
      workers     = ["provision", "reaper", "admin", "request"]
      permissions = ["secretmanager.secrets.delete"]
      condition   = local.our_secrets
    }
  }

  vm_grants = merge([
    for role, about in local.vm_roles : {
      for worker in about.workers : "${worker}/${role}" => { worker = worker, role = role, condition = about.condition }
    }
  ]...)
}

resource "google_project_iam_custom_role" "vm" {
  for_each = local.vm_roles

  project     = var.vm_project_id
  role_id     = "vmc.${var.environment}.${each.key}"
  title       = "VM Creator (${var.environment}): ${each.value.title}"
  permissions = each.value.permissions

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "vm" {
  for_each = local.vm_grants

  project = var.vm_project_id
  role    = "projects/${var.vm_project_id}/roles/${google_project_iam_custom_role.vm[each.value.role].role_id}"
  member  = local.member[each.value.worker]

  dynamic "condition" {
    for_each = each.value.condition == null ? [] : [each.value.condition]

    content {
      title      = "what is a VM's of this deployment"
      expression = condition.value
    }
  }
}

# A machine's place in the network is asked of its subnet, so it is granted there and no other network can be used.
resource "google_project_iam_custom_role" "vm_subnet" {
  project     = var.vm_project_id
  role_id     = "vmc.${var.environment}.subnet"
  title       = "VM Creator (${var.environment}): Put a VM into a subnet"
  permissions = ["compute.subnetworks.use", "compute.subnetworks.useExternalIp"]

  depends_on = [google_project_service.api]
}

resource "google_compute_subnetwork_iam_member" "vm" {
  for_each = { for pair in setproduct(local.vm_regions, local.makers) : join("/", pair) => pair }

  project    = var.vm_project_id
  region     = each.value[0]
  subnetwork = google_compute_subnetwork.vms[each.value[0]].name
  role       = "projects/${var.vm_project_id}/roles/${google_project_iam_custom_role.vm_subnet.role_id}"
  member     = local.member[each.value[1]]
}

# Google gives a new project an account for machines that name none, with the right to edit everything. Ours have no
# account at all, so nobody needs it.
resource "google_project_default_service_accounts" "vms" {
  project        = var.vm_project_id
  action         = "DISABLE"
  restore_policy = "REVERT_AND_IGNORE_FAILURE"

  depends_on = [google_project_service.api]
}
