"""Emulated Cloud SQL: the Admin API as connectors call it, and the instance's own TLS server on port 3307."""
