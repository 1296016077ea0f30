"""Cloud Monitoring's `projects.timeSeries.list`, as far as the platform asks for the use of its machines.

Three metrics of `gce_instance`, sampled each minute while the machine has power and visible 240 s later, as the list of
Google Cloud metrics says: `compute.googleapis.com/instance/cpu/utilization` (of what the machine type gives),
`…/network/sent_bytes_count` and `…/network/received_bytes_count` (each in two series, by `loadbalanced`); and the Ops
Agent's `agent.googleapis.com/memory/percent_used`, where a use says how much, since most machines have no agent.

`POST /_use {instance, cpu?, network?, memory?, after?}` says what a machine (by name, `*` for all) does from now on, or
from `after` seconds from now: shares from 0 to 1, bytes a second of both directions together. Unsaid, it has a use of
its own that goes up and down by the hour. Which machines there are, and when they ran, is read from the emulated
Compute Engine at each call; without one there are none.

Faults: `timeSeries.list` (see local.rest; attributes: the query's parameters). Not emulated: every other metric and
resource, filters beyond `=` joined by AND, aligners and reducers beyond those in `series`, secondary aggregation,
`orderBy`, the view HEADERS, the metadata of a series, quotas.
"""
