"""Cloud Firestore on one machine: the gRPC service that `google-cloud-firestore` meets at FIRESTORE_EMULATOR_HOST.

`python -m local.firestore --port N [--state FOLDER]` is one process with two ports: N speaks gRPC,
N + 1 speaks HTTP (`/_health`, `/_clock`, `/_faults`).

Faults: `method` is a method's name (`Commit`, `BatchGetDocuments`, `Listen`, `*` …), `where` may name `document`, the
paths below `documents/` that the call touches, one space between them (`{"document": "vms/django-001"}`, or
`{"document": "*vms/*"}`). `status` is mapped to the gRPC code of the same meaning; `lose_response` and `drop` end in
UNAVAILABLE, after or before the effect; `delay` counts on the emulated clock. `Listen` is asked at the opening of a
stream and before each batch of changes, so a fault armed later cuts a stream that is open.

Not here, because nothing of ours asks for it: collection groups, read times, aggregations other than count, vectors and
pipelines. Each is answered UNIMPLEMENTED.
"""
