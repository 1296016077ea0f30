"""The Cloud Billing Catalog: services and their SKUs, over REST, in pages."""
