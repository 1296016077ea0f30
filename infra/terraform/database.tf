# The registry. No public address, no passwords, no way in but the Cloud SQL connector with an account of the platform.
resource "google_sql_database_instance" "registry" {
  # checkov:skip=CKV_GCP_108:Every client is the connector, whose address has no host name to look up
  # checkov:skip=CKV_GCP_110:It logs nothing before its extension is made; of definitions and roles log_statement says as much
  # checkov:skip=CKV2_GCP_13:Query Insights times statements; logging each one's duration would log the shape of every row's life
  name                = local.database_name
  database_version    = "POSTGRES_18" # what the tests run against
  region              = var.region
  encryption_key_name = google_kms_crypto_key.key["sql"].id
  deletion_protection = var.deletion_protection

  settings {
    tier                        = var.database.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database.availability
    disk_type                   = "PD_SSD"
    disk_size                   = var.database.disk_gib
    disk_autoresize             = true
    connector_enforcement       = "REQUIRED"
    deletion_protection_enabled = var.deletion_protection
    retain_backups_on_delete    = true
    user_labels                 = local.labels

    ip_configuration {
      ipv4_enabled       = false
      private_network    = google_compute_network.platform.id
      allocated_ip_range = google_compute_global_address.services.name
      ssl_mode           = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "03:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7

      backup_retention_settings {
        retained_backups = var.database.backup_days
        retention_unit   = "COUNT" # one a day
      }
    }

    final_backup_config {
      enabled        = true
      retention_days = 30
    }

    maintenance_window {
      day          = 7
      hour         = 4
      update_track = "stable"
    }

    insights_config {
      query_insights_enabled  = true
      record_application_tags = false
      record_client_address   = false
    }

    # One by one, since a dynamic block would hide them from the checks.
    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }

    database_flags {
      name  = "max_connections"
      value = tostring(var.database.max_connections)
    }

    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }

    database_flags {
      name  = "log_connections"
      value = "on"
    }

    database_flags {
      name  = "log_disconnections"
      value = "on"
    }

    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    database_flags {
      name  = "log_temp_files"
      value = "0"
    }

    database_flags {
      name  = "log_min_messages"
      value = "warning"
    }

    database_flags {
      name  = "log_min_error_statement"
      value = "error"
    }

    database_flags {
      name  = "log_statement"
      value = "ddl"
    }

    # A claim lasts 90 s and no transaction waits for the cloud: one that is idle that long has lost its worker.
    database_flags {
      name  = "idle_in_transaction_session_timeout"
      value = "90000"
    }
  }

  lifecycle {
    ignore_changes = [settings[0].disk_size] # it grows by itself

    precondition {
      condition = local.connections_at_most <= var.database.max_connections
      error_message = join("", [
        "The functions could open ${local.connections_at_most} connections (copies × pool, two revisions, and ",
        "${local.connections_kept} kept): more than the ${var.database.max_connections} that the database takes. ",
        "Raise database.max_connections or lower instances.",
      ])
    }
  }

  depends_on = [google_service_networking_connection.services, google_kms_crypto_key_iam_member.user]
}

locals {
  database_name = coalesce(var.database.name, local.prefix)

  # Who reads and writes rows, and who makes the tables. Cloud SQL cuts the ending off a service account's name.
  database_users = {
    for name in concat(keys(local.functions), ["migrate"]) : name => {
      name  = trimsuffix(local.email[name], ".gserviceaccount.com")
      roles = name == "migrate" ? ["cloudsqlsuperuser"] : ["pg_read_all_data", "pg_write_all_data"]
    }
  }
}

resource "google_sql_database" "registry" {
  name     = "vmcreator"
  instance = google_sql_database_instance.registry.name

  # Its owner is Cloud SQL's: it goes with the instance, once that may go.
  deletion_policy = "ABANDON"
}

resource "google_sql_user" "worker" {
  for_each = local.database_users

  instance       = google_sql_database_instance.registry.name
  name           = each.value.name
  type           = "CLOUD_IAM_SERVICE_ACCOUNT"
  database_roles = each.value.roles

  # What a user owns keeps PostgreSQL from dropping it.
  deletion_policy = "ABANDON"
}

resource "google_project_iam_member" "database" {
  for_each = {
    for pair in setproduct(keys(local.database_users), ["client", "instanceUser"]) : join("/", pair) => pair
  }

  project = var.project_id
  role    = "roles/cloudsql.${each.value[1]}"
  member  = local.member[each.value[0]]

  condition {
    title      = "this database"
    expression = "resource.type == 'sqladmin.googleapis.com/Instance' && resource.name == 'projects/${var.project_id}/instances/${local.database_name}'"
  }
}
