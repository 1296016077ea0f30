locals {
  prefix = "vmc-${var.environment}"

  # In the VMs' project everything whose name begins with vmc-ENVIRONMENT- and everything labelled vmc-environment is a
  # VM's, and destroyed with it: what belongs to all of them is named and labelled otherwise.
  vm_prefix = "vms-${var.environment}"

  labels = { app = "vm-creator", deployment = var.environment }

  public_url = "https://${var.domain}"

  # One source with the platform: the regions that a VM may go to.
  vm_regions = sort(keys(jsondecode(file("${path.module}/../../shared/catalog/data/regions.json")).regions))

  # What is deployed. `instances`: the most running copies; `at_once`: requests in one copy; `pool`: its connections
  # to the database; `public`: behind the load balancer, else reached from inside the project alone.
  functions = {
    accounts = { public = true, instances = 3, at_once = 40, pool = 4, memory = "512Mi", seconds = 30 }
    suggest  = { public = true, instances = 4, at_once = 20, pool = 4, memory = "1Gi", seconds = 60 }
    request  = { public = true, instances = 4, at_once = 40, pool = 4, memory = "512Mi", seconds = 60 }
    # Four threads serve it, and each has a connection. Longer than one run of it (RUN).
    provision = { public = false, instances = 6, at_once = 4, pool = 4, memory = "1Gi", seconds = 120 }
    # A live stream ends by itself after ten minutes (STREAM_LENGTH), before this does; and a copy of it serves fewer than
    # the hundred listeners that one gRPC channel carries.
    status = { public = true, instances = 4, at_once = 80, pool = 4, memory = "512Mi", seconds = 660 }
    reaper = { public = false, instances = 1, at_once = 1, pool = 4, memory = "1Gi", seconds = 300 }
    admin  = { public = true, instances = 1, at_once = 20, pool = 4, memory = "1Gi", seconds = 300 }
  }

  public = toset([for name, function in local.functions : name if function.public])

  instances = { for name, function in local.functions : name => lookup(var.instances, name, function.instances) }

  # While a new revision takes over, both may run in full. The rest is for the migration, for what Cloud SQL keeps to
  # itself, and for a person who looks.
  connections_kept    = 16
  connections_at_most = 2 * sum([for name, function in local.functions : local.instances[name] * function.pool]) + local.connections_kept

  # The address that Cloud Run gives a service by its name and the project's number: known before the service is
  # there, since provision is told its own.
  address = { for name in keys(local.functions) : name => "https://${local.prefix}-${name}-${var.project_number}.${var.region}.run.app" }

  # Accounts of Google's own that act for its services in this project.
  agents = {
    pubsub    = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    sql       = "serviceAccount:service-${var.project_number}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
    secrets   = "serviceAccount:service-${var.project_number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    storage   = "serviceAccount:service-${var.project_number}@gs-project-accounts.iam.gserviceaccount.com"
    firestore = "serviceAccount:service-${var.project_number}@gcp-sa-firestore.iam.gserviceaccount.com"
  }
}
