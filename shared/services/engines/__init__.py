"""The engines that make a VM's machine and end it: by the Compute API, or by Terraform in Cloud Build."""
