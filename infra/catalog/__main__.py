"""Refresh the catalogue's price list and machine types from Google: what changes is printed first, then written.

    python -m infra.catalog --project PROJECT [--force]

The credentials are the person's own (`gcloud auth application-default login`); they need `compute.viewer` on the
project, the Cloud Billing and Compute Engine APIs switched on in it, and nothing else. Nothing is written where a price
moved by more than half, or half of a kind of price is gone, without `--force`: look at the list first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from google.auth.exceptions import DefaultCredentialsError

from infra.catalog import documents, google
from infra.catalog.changes import changes, suspicious
from infra.catalog.pricing import prices
from infra.catalog.skus import price_book
from shared.domain.errors import CloudError

DATA = Path(__file__).resolve().parents[2] / "shared" / "catalog" / "data"


def main(argv: Sequence[str] | None = None, today: date | None = None) -> int:
    """0 once all is written, 1 where nothing was because of suspicious changes; exits with 2 where Google refuses."""
    parser = argparse.ArgumentParser(prog="make catalog", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--project", required=True, help="whose view of Compute Engine is read: your VM_PROJECT_ID")
    parser.add_argument("--force", action="store_true", help="write even what looks like a mistake")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the catalogue's files")
    parser.add_argument("--billing-endpoint", help="another Cloud Billing API than Google's own")
    parser.add_argument("--compute-endpoint", help="another Compute Engine API than Google's own")
    chosen = parser.parse_args(argv)
    try:
        return refresh(chosen, today or datetime.now(UTC).date())
    except (CloudError, DefaultCredentialsError) as error:
        parser.exit(2, f"Nothing was written. {error}\nSign in with: gcloud auth application-default login\n")


def refresh(chosen: argparse.Namespace, today: date) -> int:
    old = {name: _read(chosen.data, name) for name in ("prices", "machine_types", "images", "regions")}
    regions = tuple(old["regions"]["regions"])
    families: dict[str, list[str]] = defaultdict(list)
    for family, facts in old["images"]["images"].items():
        families[facts["project"]].append(family)
    offer = google.offer(chosen.project, regions, families, chosen.compute_endpoint)
    book = price_book(google.skus(chosen.billing_endpoint))
    types = documents.machine_types(old["machine_types"], offer, regions, today)
    priced = prices(old["prices"], types.document, book, regions, today)
    missing = [*types.missing, *priced.missing, *_not_there(old, offer, regions)]
    _tell("What changes", [*_types(old["machine_types"], types.document), *changes(old["prices"], priced.document)])
    _tell("Missing: left without a price, and not eligible", missing)
    odd = suspicious(old["prices"], priced.document)
    if odd and not chosen.force:
        _tell("Suspicious", odd)
        print("Nothing was written. If it is right, say FORCE=1.", file=sys.stderr)
        return 1
    for name, made in (("machine_types", types), ("prices", priced)):
        (chosen.data / f"{name}.json").write_text(documents.written(made.document), encoding="utf-8")
    print(f"Written: the catalogue of {today.isoformat()}.")
    return 0


def _read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _types(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The machine types that come, and where each that stays comes or goes."""
    before, after = old["machine_types"], new["machine_types"]
    told = [f"added    {name}" for name in after if name not in before]
    for name in after.keys() & before.keys():
        was, now = set(before[name]["offered"]), set(after[name]["offered"])
        told += [f"added    {name} is offered in {region}" for region in sorted(now - was)]
        told += [f"removed  {name} is offered in {region} no more" for region in sorted(was - now)]
    return sorted(told)


def _not_there(old: dict[str, Any], offer: google.Offer, regions: Sequence[str]) -> list[str]:
    """Image families that Compute no longer has, and disk types that a region does not: facts of files that are kept by
    hand."""
    gone = [
        f"image family {family}: see images.json" for family in old["images"]["images"] if family not in offer.families
    ]
    return gone + [
        f"disk type {disk} is not offered in {region}"
        for disk in old["prices"]["disks"]
        for region in regions
        if region not in offer.disk_regions.get(disk, frozenset())
    ]


def _tell(heading: str, lines: Sequence[object]) -> None:
    print(f"{heading}: {len(lines)}")
    for line in lines:
        print(f"  {line}")


if __name__ == "__main__":
    sys.exit(main())
