"""The front door: one port that routes `/api/…` to the functions as the load balancer would, and serves the page."""
