"""The package that every function ships with: rules, use cases, and thin modules for the cloud and the database."""
