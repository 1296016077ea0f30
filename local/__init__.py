"""The platform on one machine: an emulated Google Cloud, the real PostgreSQL server, a front door. Never deployed."""
