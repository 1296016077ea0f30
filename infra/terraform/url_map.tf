# Which function answers which method and path: the table that the local front door reads too, as route rules, since a path
# rule cannot tell methods apart.
locals {
  routes = jsondecode(file("${path.module}/../routes.json"))

  # By name, so that a plan says where each route leads.
  backends     = { for name, backend in google_compute_backend_service.function : name => "projects/${var.project_id}/global/backendServices/${backend.name}" }
  page_backend = "projects/${var.project_id}/global/backendBuckets/${google_compute_backend_bucket.page.name}"

  # As the front door does: HEAD goes where GET goes, and OPTIONS to the first function that knows the path.
  route_rules = flatten([
    for route in local.routes : [
      for method in concat(route.methods, contains(route.methods, "GET") ? ["HEAD"] : [], ["OPTIONS"]) : {
        function = route.function
        method   = method
        paths    = route.paths
      }
    ]
  ])
}

resource "google_compute_url_map" "front" {
  name            = local.prefix
  default_service = local.page_backend

  host_rule {
    hosts        = ["*"]
    path_matcher = "all"
  }

  path_matcher {
    name            = "all"
    default_service = local.page_backend

    dynamic "route_rules" {
      for_each = local.route_rules

      content {
        priority = 1 + route_rules.key
        service  = local.backends[route_rules.value.function]

        dynamic "match_rules" {
          for_each = route_rules.value.paths

          content {
            full_path_match = endswith(match_rules.value, "/*") ? null : match_rules.value
            prefix_match    = endswith(match_rules.value, "/*") ? trimsuffix(match_rules.value, "*") : null

            header_matches {
              header_name = ":method"
              exact_match = route_rules.value.method
            }
          }
        }
      }
    }

    # What no function answers under /api is a problem document, not the page: any of them says so.
    route_rules {
      priority = 1001
      service  = local.backends["status"]

      match_rules {
        prefix_match = "/api/"
      }
    }

    # All else is the page: a file of it, or its index, so that deep links open. This rule's own policy, since one of the
    # whole map would turn a function's 404 into the page.
    route_rules {
      priority = 1002
      service  = local.page_backend

      match_rules {
        prefix_match = "/"
      }

      header_action {
        dynamic "response_headers_to_add" {
          for_each = local.page_headers

          content {
            header_name  = response_headers_to_add.key
            header_value = response_headers_to_add.value
            replace      = true
          }
        }
      }

      custom_error_response_policy {
        error_service = local.page_backend

        error_response_rule {
          # 403 too: who may not list a bucket is not told that an object is missing.
          match_response_codes   = ["403", "404"]
          path                   = "/index.html"
          override_response_code = 200
        }
      }
    }
  }
}
