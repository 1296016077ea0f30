"""`make deploy`: from two projects and a domain to a platform that answers. Run again, it goes on, or brings what is
there up to date; it arrives at the same end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.archive import MANIFEST
from infra.deploy import builders, smoke, upload
from infra.deploy.bootstrap import bootstrap, to_adopt
from infra.deploy.certificate import Certificate
from infra.deploy.checks import Numbers
from infra.deploy.gcloud import Gcloud
from infra.deploy.migration import Migration
from infra.deploy.release import IMAGE, OUTPUTS, Release
from infra.deploy.settings import Settings, Wrong
from infra.deploy.terraform import Terraform, program

# A load balancer's new certificate reaches Google's edge some minutes after it is active.
FIRST_TRIES = 120
# What an apply that came to its end has said; one that was broken off lacks some of it.
SAID = ("function_services", "page_bucket", "migrate_job", "smoke_job")

VALUES = "TF_VAR_secret_values"  # the one way that secrets come by


@dataclass(frozen=True)
class Deployment:
    """`folder`: what make stage has staged, and what the steps leave for each other. `extra`: further answers, as in
    infra/terraform/variables.tf. `look_up`: the builders' images by digest; `ask`: puts checks to the site."""

    settings: Settings
    numbers: Numbers
    extra: dict[str, Any]
    folder: Path
    built: Path
    say: Callable[[str], None]
    look_up: Callable[[], dict[str, str]] = builders.pinned
    ask: Callable[[Iterator[smoke.Check], int], list[str]] = smoke.failures

    def run(self) -> str | None:
        """The first administrator's link, None where there is an administrator. Raises Wrong, CommandFailed, NotReady,
        TakenBack, NotYet and NotFound: each says what is wrong, and that running again goes on."""
        kept = upload.kept(self._gcloud, self.settings)
        self._same_place(kept)
        bootstrap(self.settings, self.say)
        terraform = self._prepared(kept)
        before = terraform.outputs()
        there = all(name in before for name in SAID)
        execution = self._held_and_migrated(before) if there else None
        self.say("plan and apply")
        terraform.plan()
        terraform.apply()
        self._write(OUTPUTS, terraform.outputs())
        if execution is None:
            self.say("migrate")
            execution = self._release.migrate()
            self._release.hold()
        self.say("smoke test of each function")
        self._release.smoke()
        self.say("traffic and page")
        self._release.shift()
        link = Migration(self._gcloud, self.settings.region, self._output("migrate_job")).link(execution)
        self._reached(first=not there)
        return link

    def _same_place(self, before: dict[str, Any]) -> None:
        """What is there stays where it is: another place would mean to destroy it first. Raises Wrong."""
        told = self.settings
        for variable, value in (("region", told.region), ("vm_project_id", told.vm_project)):
            if before and before[variable] != value:
                there = f"{told.project} has a deployment with {variable} {before[variable]}"
                raise Wrong(f"{there}, not {value}: say that")

    def _prepared(self, kept: dict[str, Any]) -> Terraform:
        """All that Terraform needs, uploaded."""
        self.say("builders' digests")
        images = self.look_up()
        self.say("upload")
        upload.zips(self._gcloud, self.settings, self.folder)
        self.say("the jobs' image")
        image = upload.image(self._gcloud, self.settings, self.folder / "jobs", images)
        files = tuple(self.folder / name for name in (upload.ANSWERS, MANIFEST, IMAGE))
        terraform = Terraform(program(), self.settings.state_bucket, files)
        terraform.initialise()
        answers = self._answers(kept, images)
        _secrets_given(answers.get("secret_versions", {}), terraform.outputs())
        self._write(IMAGE, {"migrate_image": image})
        self._write(upload.ANSWERS, answers)
        upload.answers(self._gcloud, self.settings, files)
        return terraform

    def _held_and_migrated(self, outputs: dict[str, Any]) -> str:
        """As in a release: what serves is held, and the schema comes before the functions that need it."""
        self._write(OUTPUTS, outputs)
        self.say("hold what serves, migrate")
        self._release.hold()
        return self._release.migrate()

    def _reached(self, first: bool) -> None:
        """Wait for the certificate, then ask the whole as people reach it."""
        self.say(f"Set this DNS record, if it is not there: {self._output('dns_record')}")
        Certificate(
            self._gcloud,
            self._output("certificate"),
            self.settings.domain,
            self._output("load_balancer_ip"),
            self.say,
        ).wait()
        self._release.verify(FIRST_TRIES if first else smoke.TRIES)

    def _answers(self, kept: dict[str, Any], images: dict[str, str]) -> dict[str, Any]:
        """What is said now, over what was said last time: nothing is taken back by not saying it again."""
        told = self.settings
        said = {
            "project_id": told.project,
            "project_number": self.numbers.project,
            "vm_project_id": told.vm_project,
            "vm_project_number": self.numbers.vm_project,
            "region": told.region,
            "environment": told.environment,
            "domain": told.domain,
            "admin_email": told.admin_email,
            "billing_account": told.billing_account,
            "engine": told.engine,
            "artifact_bucket": told.artifact_bucket,
            "state_bucket": told.state_bucket,
            "builders": images,
            "adopt": to_adopt(told),
        }
        return kept | self.extra | {name: value for name, value in said.items() if value != ""}

    @property
    def _gcloud(self) -> Gcloud:
        return Gcloud(self.settings.project)

    @property
    def _release(self) -> Release:
        return Release(self._gcloud, self.settings.region, self.folder, self.built, self.ask)

    def _output(self, name: str) -> Any:
        return json.loads((self.folder / OUTPUTS).read_text())[name]["value"]

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def _secrets_given(wanted: Mapping[str, int], outputs: Mapping[str, Any]) -> None:
    """A number that is not yet in the state comes with a value, or its function would get what stands for none. Raises
    Wrong."""
    there = outputs.get("secret_versions", {}).get("value", {})
    try:
        values = dict(json.loads(os.environ.get(VALUES) or "{}"))
    except (ValueError, TypeError):
        raise Wrong(f"""{VALUES} is not an object of names and values: '{{"OPENAI_API_KEY": "…"}}'""") from None
    lacking = [name for name, number in wanted.items() if number != there.get(name) and not values.get(name)]
    if lacking:
        raise Wrong(f"secret_versions has a new number for {', '.join(lacking)}: give the value in {VALUES}")
