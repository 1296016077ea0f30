"""The steps around an apply, in their order; Cloud Build runs each by itself, `make deploy` all of them.

    python3 -m infra.deploy.release hold|migrate|smoke|shift|verify --project P --region R

    hold      pin every service to the revision that serves, and keep a copy of the page
    migrate   the database's schema, with the new image
    (apply)   Terraform makes the new revisions, which get no traffic
    smoke     ask each new revision at an address of its own, from a job inside the VPC
    shift     let the new revisions and the new page serve
    verify    ask the whole as people reach it; if it answers wrongly, back to what was held, and fail

The steps share the working folder: Terraform's outputs, what was held, the image. The standard library alone, since
Cloud Build's gcloud image has no more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deploy import page
from infra.deploy.gcloud import Gcloud
from infra.deploy.migration import Migration
from infra.deploy.programs import CommandFailed
from infra.deploy.smoke import TRIES, VARIABLE, Check, failures, site
from infra.deploy.traffic import NotReady, Traffic

STEPS = ("hold", "migrate", "smoke", "shift", "verify")
OUTPUTS, IMAGE = "outputs.json", "image.auto.tfvars.json"  # terraform output -json; {"migrate_image": …}
HELD, KEPT = "held.json", "held-index.html"


class TakenBack(RuntimeError):
    """The release answered wrongly, and what served before serves again."""


@dataclass(frozen=True)
class Release:
    """`folder`: where the steps leave what the next one needs. `built`: the built page. `ask`: puts checks to the site,
    a line for each that failed."""

    gcloud: Gcloud
    region: str
    folder: Path
    built: Path
    ask: Callable[[Iterator[Check], int], list[str]] = failures

    def hold(self) -> None:
        self._write(HELD, self._traffic.hold())
        page.keep_index(self.gcloud, self._outputs["page_bucket"], self.folder / KEPT)

    def migrate(self) -> str:
        """The execution's name."""
        image = json.loads((self.folder / IMAGE).read_text())["migrate_image"]
        return Migration(self.gcloud, self.region, self._outputs["migrate_job"]).run(image)

    def smoke(self) -> None:
        """Raises NotReady or CommandFailed, with no traffic moved."""
        urls = self._traffic.candidates(self._held)
        asked = f"{VARIABLE}={' '.join(f'{function}={url}' for function, url in sorted(urls.items()))}"
        job = (self._outputs["smoke_job"], f"--region={self.region}")
        self.gcloud.run("run", "jobs", "execute", *job, f"--update-env-vars={asked}", "--wait")

    def shift(self) -> None:
        """Raises NotReady before anything moved, CommandFailed with all of it taken back."""
        bucket = self._outputs["page_bucket"]
        page.upload_assets(self.gcloud, bucket, self.built)
        try:
            self._traffic.shift()
            page.show(self.gcloud, bucket, self.built / page.INDEX)
        except CommandFailed:
            self.take_back()
            raise

    def verify(self, tries: int = TRIES) -> None:
        """Raises TakenBack."""
        wrong = self.ask(site(self._outputs["url"]), tries)
        if wrong:
            self.take_back()
            raise TakenBack(f"{'; '.join(wrong)}. What served before serves again.")

    def take_back(self) -> None:
        """The revisions and the page that were held. The schema stays: it suits both."""
        self._traffic.roll_back(self._held)
        if (self.folder / KEPT).exists():
            page.show(self.gcloud, self._outputs["page_bucket"], self.folder / KEPT)

    @property
    def _outputs(self) -> Mapping[str, Any]:
        return {name: each["value"] for name, each in json.loads((self.folder / OUTPUTS).read_text()).items()}

    @property
    def _held(self) -> Mapping[str, str]:
        held: Mapping[str, str] = json.loads((self.folder / HELD).read_text())
        return held

    @property
    def _traffic(self) -> Traffic:
        return Traffic(self.gcloud, self.region, self._outputs["function_services"])

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(json.dumps(content))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--folder", type=Path, default=Path(".staged"))
    parser.add_argument("--built", type=Path, default=Path("frontend/dist"))
    chosen = parser.parse_args()
    release = Release(Gcloud(chosen.project), chosen.region, chosen.folder, chosen.built)
    try:
        getattr(release, chosen.step)()
    except (CommandFailed, NotReady, TakenBack) as error:
        sys.exit(f"{chosen.step} failed: {error}")


if __name__ == "__main__":
    main()
