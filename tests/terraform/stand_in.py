"""A stand-in for `terraform`, for machines that have not got it or the google provider.

It honours the command line of `infra/terraform/vm/run.sh` (init, plan, show -json, apply, output) for that one module,
against the emulated Compute Engine and Cloud Storage: state and lock objects as the gcs backend writes them, the plan's
actions, imports, refreshing, and errors in the words of Terraform and of the provider. It does not read the module: the
two resources are written down here, and `test_vm_module.py` holds them against what the real one makes, where that is.

To use it: `emulated_builds(compute_url, terraform=stand_in.COMMAND)` (tests/integration), `Platform(…,
terraform=stand_in.COMMAND)` or `python -m local.build … --terraform "python -m tests.terraform.stand_in"`, with the
repository on PYTHONPATH.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.terraform.stand_in_cloud import Failed, Json, Refused
from tests.terraform.stand_in_resources import Kind, Machine, Rule
from tests.terraform.stand_in_state import FIREWALL, INSTANCE, VERSION, State

ROOT = Path(__file__).resolve().parents[2]
COMMAND = f"env 'PYTHONPATH={ROOT}' '{sys.executable}' -S -m tests.terraform.stand_in"


def main(arguments: list[str]) -> None:
    command, *rest = arguments
    options = dict(each.lstrip("-").partition("=")[::2] for each in rest if each.startswith("-"))
    backend = [each.removeprefix("-backend-config=") for each in rest if each.startswith("-backend-config=")]
    names = [each for each in rest if not each.startswith("-")]
    if command == "init":
        init(dict(each.partition("=")[::2] for each in backend))
    elif command == "plan":
        make_plan(Path(options["out"]), destroy="destroy" in options)
    elif command == "show":
        sys.stdout.write(Path(names[0]).read_text())
    elif command == "apply":
        apply(json.loads(Path(names[0]).read_text()))
    elif command == "output":
        found = State().document["outputs"]
        sys.stdout.write(json.dumps({name: {"sensitive": False, **value} for name, value in found.items()}, indent=2))
    else:
        raise Failed(f"the stand-in knows no {command!r}")


def init(backend: Json) -> None:
    Path(".terraform").mkdir(exist_ok=True)
    Path(".terraform/terraform.tfstate").write_text(json.dumps(backend))
    state = State()
    if state.generation == "0":
        with state:
            state.write()
    print("Terraform has been successfully initialized!")


def make_plan(out: Path, *, destroy: bool) -> None:
    """The plan as `show -json` tells it, with what apply needs beside it."""
    values = json.loads(Path("terraform.tfvars.json").read_text())
    with State() as state:
        kinds = {INSTANCE: Machine(values), FIREWALL: Rule(values)}
        changes: list[Json] = []
        planned: dict[str, Json] = {}
        for address, kind in kinds.items():
            known, imported = state.resources.get(address), False
            there = kind.read(known["path"] if known else kind.path)
            if known is None and not destroy and values.get("adopt", {}).get(kind.adopted):
                if there is None:
                    raise Failed("Cannot import non-existent remote object", f"nothing has the ID {kind.path!r}.")
                imported = True
            mine = there if known or imported else None
            actions = _actions(kind, mine, destroy=destroy)
            planned[address] = {"does": actions, "resource": kind.state(mine) if mine else None}
            if mine is not None or not destroy:
                change: Json = {"actions": actions, **({"importing": {"id": kind.path}} if imported else {})}
                changes.append({"address": address, "mode": "managed", "change": change})
    told = {"format_version": "1.2", "terraform_version": VERSION, "resource_changes": changes, "planned": planned}
    out.write_text(json.dumps(told, separators=(",", ":")))
    done = [action for each in planned.values() for action in each["does"]]
    print(
        f"Plan: {done.count('create')} to add, {done.count('update')} to change, {done.count('delete')} to destroy."
        if set(done) != {"no-op"}
        else "No changes. Your infrastructure matches the configuration."
    )


def _actions(kind: Kind, mine: Json | None, *, destroy: bool) -> list[str]:
    if destroy:
        return ["delete"] if mine else ["no-op"]
    if mine is None:
        return ["create"]
    if kind.must_be_replaced(mine):
        return ["delete", "create"]
    return ["update"] if kind.differs(mine) else ["no-op"]


def apply(plan: Json) -> None:
    """Does what is planned, rule first, and writes the state at the end, after a failure too, as Terraform does."""
    values = json.loads(Path("terraform.tfvars.json").read_text())
    kinds: dict[str, Kind] = {FIREWALL: Rule(values), INSTANCE: Machine(values)}
    failures: list[Failed] = []
    with State() as state:
        state.resources = {
            address: each["resource"] for address, each in plan["planned"].items() if each["resource"] is not None
        }
        for address, kind in kinds.items():
            try:
                _do(address, kind, plan["planned"][address]["does"], state)
            except (Failed, Refused) as error:
                failures.append(Failed(str(error), _where(address)))
        state.write()
    if failures:
        raise failures[0]
    print("Apply complete!")


def _where(address: str) -> str:
    """The part of a diagnostic that names the resource."""
    block = 'resource "{}" "{}" {{'.format(*address.split("."))
    line = Path("main.tf").read_text().splitlines().index(block) + 1
    return f"  with {address},\n  on main.tf line {line}, in {block.removesuffix(' {')}:\n  {line}: {block}"


def _do(address: str, kind: Kind, actions: list[str], state: State) -> None:
    for action in actions:
        if action == "create":
            print(f"{address}: Creating...", flush=True)
            kind.create()
        elif action == "update":
            kind.update()
        elif action == "delete":
            print(f"{address}: Destroying...", flush=True)
            kind.delete(state.resources.pop(address)["path"])
            continue
        there = kind.read(kind.path)
        if there is not None:
            state.resources[address] = kind.state(there)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Failed, Refused) as failed:
        summary, *detail = failed.args
        print(f"\nError: {summary}\n\n{''.join(detail)}\n", file=sys.stderr)
        sys.exit(1)
