"""Cloud Storage's JSON API, as far as the platform uses it: buckets with retention, objects that are made and read.

Faults: `objects.insert`, `.get`, `.list`, `.delete`, `buckets.insert`, `.get` (see local.rest; attributes: `bucket`,
`object`). Not emulated: resumable uploads, versions, holds, IAM, encryption keys.
"""
