"""make deploy, make release and make destroy.

    python -m infra.deploy up PROJECT=… VM_PROJECT=… REGION=… DOMAIN=… ADMIN_EMAIL=… [YES=1] [ANSWERS=FILE]
    python -m infra.deploy down PROJECT=… [ENVIRONMENT=prod] [VMS=delete] [CONFIRM=PROJECT]
    python -m infra.deploy release PROJECT=… [ENVIRONMENT=prod]
    python -m infra.deploy costs

ANSWERS is a JSON file of further variables of infra/terraform/variables.tf. Secrets come by the environment alone:
TF_VAR_secret_values='{"OPENAI_API_KEY": "…"}'.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.deploy import checks
from infra.deploy.builders import NotFound
from infra.deploy.certificate import NotYet
from infra.deploy.costs import idle_month
from infra.deploy.deploying import Deployment
from infra.deploy.destroying import Destruction, StillThere, kept_settings
from infra.deploy.programs import CommandFailed
from infra.deploy.release import TakenBack
from infra.deploy.releasing import release
from infra.deploy.settings import Settings, Wrong
from infra.deploy.terraform import NotInstalled
from infra.deploy.traffic import NotReady

ROOT = Path(__file__).resolve().parents[2]
STAGED, BUILT = ROOT / ".staged", ROOT / "frontend" / "dist"
REFUSALS = (CommandFailed, NotReady, TakenBack, NotYet, NotFound, StillThere, NotInstalled, Wrong)
console = Console(highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 once it is done, 1 where something stood in the way, 2 for what was told wrongly."""
    verb, *words = arguments if arguments is not None else sys.argv[1:] or [""]
    told = dict(word.partition("=")[::2] for word in words)
    try:
        if verb == "costs":
            _show_costs()
            return 0
        if verb == "up":
            return _up(Settings.told(told), told)
        if verb in ("down", "release"):
            settings = _kept(told)
            return _down(settings, told) if verb == "down" else _release(settings)
        console.print(__doc__)
        return 2
    except Wrong as error:
        console.print(str(error), style="red", markup=False)
        return 2
    except REFUSALS as error:
        console.print(str(error), style="red", markup=False)
        return 1


def _up(settings: Settings, told: Mapping[str, str]) -> int:
    found, numbers = checks.problems(settings)
    if found:
        for problem in found:
            console.print(f"- {problem.what}\n  {problem.remedy}", markup=False)
        return 1
    _show_costs()
    if not told.get("YES") and not _agreed(f"Deploy to {settings.project}, with VMs in {settings.vm_project}?"):
        return 1
    extra = json.loads(Path(told["ANSWERS"]).read_text(encoding="utf-8")) if told.get("ANSWERS") else {}
    link = Deployment(settings, numbers, extra, STAGED, BUILT, _say).run()
    console.print(f"It answers: https://{settings.domain}", style="bold")
    if link:
        console.print(f"The first administrator, once, within 7 days: {link}", markup=False)
    return 0


def _kept(told: Mapping[str, str]) -> Settings:
    if not told.get("PROJECT"):
        raise Wrong("PROJECT is missing: the project that it was deployed to, PROJECT=my-vms")
    return kept_settings(told["PROJECT"], told.get("ENVIRONMENT") or "prod", STAGED)


def _release(settings: Settings) -> int:
    release(settings, STAGED)
    console.print("It is planned, and waits for an approval:")
    console.print(
        f"  gcloud builds list --project={settings.project} --region={settings.region} --filter=status=PENDING"
    )
    console.print(f"  gcloud alpha builds approve BUILD --project={settings.project} --location={settings.region}")
    return 0


def _down(settings: Settings, told: Mapping[str, str]) -> int:
    destruction = Destruction(settings, STAGED, _say)
    for line in destruction.announce():
        console.print(line, markup=False)
    typed = told.get("CONFIRM") or console.input(f"Type the project's name, {settings.project}, to destroy it: ")
    if typed.strip() != settings.project:
        console.print("Nothing was touched.")
        return 1
    destruction.run(delete_machines=told.get("VMS") == "delete")
    return 0


def _show_costs() -> None:
    month = idle_month()
    table = Table(title=f"An idle month in {month.region}, in {month.currency}")
    table.add_column("Resource")
    for heading in ("Quantity", "Price", "A month"):
        table.add_column(heading, justify="right")
    table.add_column("Price read")
    for line in month.lines:
        table.add_row(line.item, str(line.quantity), f"{line.price} a {line.unit}", str(line.total), line.read)
    table.add_section()
    table.add_row("Together", "", "", str(month.total), "")
    console.print(table)
    console.print("Not in it:", "; ".join(month.not_included), markup=False)


def _agreed(question: str) -> bool:
    return console.input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _say(what: str) -> None:
    console.print(f"— {what}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
