"""The built page in its bucket: what is named by its hash for ever, the rest anew at every look."""

from __future__ import annotations

from pathlib import Path

from infra.deploy.gcloud import Gcloud

FOR_EVER = "--cache-control=public, max-age=31536000, immutable"
ANEW = "--cache-control=no-cache"
INDEX = "index.html"


def upload_assets(gcloud: Gcloud, bucket: str, built: Path) -> None:
    """What index.html names, before it: no page ever asks for what is not there. Those of earlier pages stay."""
    assets = built / "assets"
    gcloud.run("storage", "cp", "--recursive", str(assets), f"gs://{bucket}", FOR_EVER)
    others = [str(path) for path in sorted(built.iterdir()) if path.name not in (INDEX, assets.name)]
    if others:
        gcloud.run("storage", "cp", "--recursive", *others, f"gs://{bucket}", ANEW)


def keep_index(gcloud: Gcloud, bucket: str, kept: Path) -> None:
    """A copy of the page that is served; none where there is none yet."""
    if gcloud.find("storage", "objects", "describe", f"gs://{bucket}/{INDEX}") is not None:
        gcloud.run("storage", "cp", f"gs://{bucket}/{INDEX}", str(kept))


def show(gcloud: Gcloud, bucket: str, index: Path) -> None:
    """Let this index.html be the page."""
    gcloud.run("storage", "cp", str(index), f"gs://{bucket}/{INDEX}", ANEW)
