"""Emulated Secret Manager (v1, REST)."""
