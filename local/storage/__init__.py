"""Cloud Storage's JSON API, as far as the platform, its builds and Terraform's state use it: buckets with retention or
versions; objects that are made, listed, read, also at /BUCKET/OBJECT, and deleted, each by generation where it is said.

Faults: `objects.insert`, `.get`, `.list`, `.delete`, `buckets.insert`, `.get` (see local.rest; attributes: `bucket`,
`object`). Not emulated: resumable uploads, ranges, holds, lifecycle rules, IAM, encryption keys.
"""
