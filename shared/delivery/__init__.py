"""Notices on their way out of the platform: mail by SMTP, webhooks by HTTPS."""
