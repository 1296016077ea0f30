"""Cloud Build's REST API, as far as the platform's builds need it. A build's steps run here, as local processes.

Builds are created (`projects.locations.builds` and the older `projects.builds`), read, listed by tag, status and time,
and cancelled; the operation that `create` begins can be asked after. A build has its source unpacked in a scratch
folder and its steps run one after the other, each as a process group of its own that never outlives the build or this
emulator. The log is written to `logsBucket` as it grows. The time-out is told by the emulated clock.

A step's image stands for programs of this machine (`programs.py`); `--terraform COMMAND` names another terraform.
Cloud Storage and Compute Engine are reached through this emulator (`passing.py`), by the build's own access token.

Faults: `builds.create`, `.get`, `.list`, `.cancel`, `operations.get` (see local.rest), and three of its own, whose
`where` may name `build` (its id), `tag` (its tags, joined by commas) and `call`:

- `builds.start` (`tag`): with `delay` the build stays QUEUED for so long;
- `build.kill` (`call`, such as `POST */instances`): kill -9 of the whole step at that call of its own to Compute or
  Storage, once it has taken effect, or before it with `detail.before`. The step has exit code 137, the build ends as
  FAILURE, or as `detail.status` says;
- `build.call` (`call`): with `status` the call is answered so, with `drop` not at all, with `delay` later.

`GET /_settled` answers once no build is at work, or after `?seconds=` (60) with 409: what a test waits by before it
moves the clock. After a restart, builds that were not at their end are INTERNAL_ERROR.

Not emulated: `waitFor` (steps run in their order), volumes, secrets, images, worker pools, triggers. `/workspace` in
arguments and environment is the scratch folder.
"""
