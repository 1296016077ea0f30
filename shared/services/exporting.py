"""Use case: a VM as Terraform for whoever owns it: the module that makes it, its variables, and what imports it.

No secret is in it: what the platform keeps in Secret Manager is not read, and a key that was made for the VM is left
out, so that the module has to ignore what metadata says of keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from shared.domain.errors import Conflict, NotFound
from shared.domain.life import TERMINAL, Figures
from shared.domain.machine import Order
from shared.domain.vm import Vm
from shared.services.engines import source
from shared.services.provisioning.machine import order

_BACKEND = re.compile(rb'\n(?:\n  #[^\n]*)?\n  backend "gcs" \{\}')  # where the platform keeps its own states
_README = """\
# {name}, as Terraform

What this platform made for {name}: its machine and its firewall rule, in project {project}, zone {zone}.

    terraform init
    terraform plan     # {plan}
    terraform apply

The state is kept in this folder; name a backend in versions.tf to keep it elsewhere. What the platform changes while
the VM lives (its end, power, size, labels, keys) is ignored by the module.

While the platform knows {name}, it ends it at its time, whatever a state of yours says{end}. The machine has a
termination time of its own as well, `termination_time`: set a later one, under another `name`, for a machine that is
yours alone. {keys}
"""


class Names(Protocol):
    def by_name(self, name: str) -> Vm | None:
        """The VM of that public name."""


@dataclass(frozen=True)
class Place:
    """The deployment, as far as a VM's resources tell it."""

    environment: str
    project: str
    network: str
    access_ranges: tuple[str, ...]
    figures: Figures


class Exporting:
    def __init__(self, names: Names, module: Callable[[], Mapping[str, bytes]], place: Place) -> None:
        self.names = names
        self.module = module
        self.place = place

    def archive(self, caller_id: str, name: str, *, admin: bool) -> bytes:
        """A zip, for its owner or an administrator; NotFound `no_such_vm` for anybody else. Conflict `not_placed`
        while it has no zone yet."""
        vm = self.names.by_name(name)
        if vm is None or not (admin or vm.owner_id == caller_id):
            raise NotFound("no_such_vm", f"There is no VM {name}.")
        wanted = self._order(vm)
        there = vm.instance_id is not None and vm.ended_at is None and vm.state not in TERMINAL
        place = self.place
        values = source.variables(wanted, place.project, place.network, instance=there, firewall=there)
        files = {each: content for each, content in self.module().items() if each.endswith(".tf")}
        files["versions.tf"] = _BACKEND.sub(b"", files["versions.tf"])
        files[source.VARIABLES] = source.written(values)
        files["README.md"] = self._readme(vm, wanted, there=there).encode()
        return source.archive(files)

    def _order(self, vm: Vm) -> Order:
        attempt = vm.current or next(reversed(vm.attempts), None)
        if attempt is None or vm.switch_at is None:
            raise Conflict("not_placed", f"{vm.name} has no zone yet; ask again once it has.")
        place = self.place
        wanted = order(place.environment, vm, attempt, vm.public_key, place.access_ranges, place.figures)
        if vm.public_key is not None or vm.windows:
            return wanted
        metadata = {key: value for key, value in wanted.machine.metadata.items() if key != "ssh-keys"}
        return replace(wanted, machine=replace(wanted.machine, metadata=metadata))

    def _readme(self, vm: Vm, wanted: Order, *, there: bool) -> str:
        made = "2 to import, 0 to add, 0 to change, 0 to destroy" if there else "2 to add"
        own = vm.public_key is not None or vm.windows
        return _README.format(
            name=vm.name,
            project=self.place.project,
            zone=wanted.machine.zone,
            plan=made,
            end=f" ({vm.expires_at:%Y-%m-%d %H:%M} UTC)" if vm.expires_at else "",
            keys="" if own else "Your key is not in it: put `ssh-keys` into its metadata to make it anew.",
        )
