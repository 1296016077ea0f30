# In front of the functions: what is plainly an attack, and more than anybody asks in a minute. What an account may ask
# in an hour is the functions' own to count.
resource "google_compute_security_policy" "api" {
  name = "${local.prefix}-api"
  type = "CLOUD_ARMOR"

  rule {
    priority    = 100
    action      = "deny(403)"
    description = "Log4j lookups (CVE-2021-44228)"

    match {
      expr {
        expression = "evaluatePreconfiguredWaf('cve-canary')"
      }
    }
  }

  rule {
    priority    = 200
    action      = "deny(403)"
    description = "Smuggled requests, split responses"

    match {
      expr {
        expression = "evaluatePreconfiguredWaf('protocolattack-v33-stable', {'sensitivity': 1})"
      }
    }
  }

  rule {
    priority    = 300
    action      = "deny(403)"
    description = "Scanners that say what they are"

    match {
      expr {
        expression = "evaluatePreconfiguredWaf('scannerdetection-v33-stable', {'sensitivity': 1})"
      }
    }
  }

  # Not the rules against SQL and scripts in what is sent: a request in plain words may well speak of them, the
  # database is asked by parameters alone, and the page renders text as text.
  rule {
    priority    = 1000
    action      = "throttle"
    description = "One address, one minute"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "Everybody else"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }

  depends_on = [google_project_service.api]
}

# In front of the page's cache. It lets everybody pass; it is where an address is shut out in an emergency.
resource "google_compute_security_policy" "edge" {
  # checkov:skip=CKV_GCP_73:Before a cache of static files there is nothing that looks anything up
  name = "${local.prefix}-edge"
  type = "CLOUD_ARMOR_EDGE"

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "Everybody"

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.api]
}
