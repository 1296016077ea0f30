"""What the first build hands to the second: one archive, named by its own hash, with the plan in it.

    python3 -m infra.deploy.handover --project P --bucket B --topic T

The name is the promise: the second build applies the plan, from the source and with the scripts, of exactly this
archive, or ends. The message on the topic makes that build, which waits for its approval.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
from pathlib import Path

from infra.deploy.gcloud import Gcloud
from infra.deploy.programs import CommandFailed

# What an apply reads beside the plan: the modules, what they read, the scripts, the page, the answers.
HANDED = ("infra", "shared", "frontend/dist", "cloudbuild.yaml", "cloudbuild.apply.yaml")
LEFT_OUT = frozenset({".terraform", "__pycache__"})
STAGED, PLAN, ARCHIVE = ".staged", "plan.txt", "release.tar.gz"


def pack(folder: Path) -> str:
    """The archive of a working folder, in it; its SHA-256."""

    def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if LEFT_OUT & set(Path(entry.name).parts) else entry

    with tarfile.open(folder / ARCHIVE, "w:gz") as target:
        for path in (*(folder / each for each in HANDED), *sorted((folder / STAGED).glob("*.json"))):
            target.add(path, path.relative_to(folder), filter=kept)
    return hashlib.sha256((folder / ARCHIVE).read_bytes()).hexdigest()


def hand_over(project: str, bucket: str, topic: str, release: str) -> str:
    """Upload the archive and the plan's words, and make the second build; where the words are. Raises CommandFailed."""
    gcloud, where = Gcloud(project), f"gs://{bucket}/releases/{release}"
    for file in (Path(ARCHIVE), Path(STAGED) / PLAN):
        gcloud.run("storage", "cp", "--no-clobber", str(file), f"{where}/{file.name}")
    gcloud.run("pubsub", "topics", "publish", topic, f"--message={json.dumps({'release': release})}")
    return f"{where}/{PLAN}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option in ("project", "bucket", "topic"):
        parser.add_argument(f"--{option}", required=True)
    chosen = parser.parse_args()
    try:
        words = hand_over(chosen.project, chosen.bucket, chosen.topic, pack(Path()))
    except CommandFailed as error:
        sys.exit(f"The release was not handed over: {error}")
    print(f"Waits for an approval. What it would do: {words}")


if __name__ == "__main__":
    main()
