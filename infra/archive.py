"""One zip for each staged function, named by its own hash, and the list of them that Terraform reads.

The same source gives the same bytes, on any day and in any folder: what has not changed is neither uploaded nor
deployed again.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

MANIFEST = "functions.auto.tfvars.json"
PREFIX = "functions"
# The first moment that a zip can express; permissions of a plain file, made on Unix.
EPOCH, PLAIN, UNIX = (1980, 1, 1, 0, 0, 0), 0o100644 << 16, 3


def archive(functions: Iterable[Path], folder: Path) -> Path:
    """Zip each staged function into the folder as FUNCTION-SHA256.zip, in place of earlier ones, and write the
    manifest beside them; its path. The manifest is the Terraform variable `functions`."""
    packed = {}
    for source in functions:
        content = zipped(source)
        digest = hashlib.sha256(content).hexdigest()
        for earlier in folder.glob(f"{source.name}-*.zip"):
            earlier.unlink()
        (folder / f"{source.name}-{digest}.zip").write_bytes(content)
        packed[source.name] = {"object": f"{PREFIX}/{source.name}-{digest}.zip", "sha256": digest}
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps({"functions": packed}, indent=2, sort_keys=True) + "\n")
    return manifest


def zipped(source: Path) -> bytes:
    """The folder as a zip: its files by name, without the times and permissions that they happen to have here."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for path in sorted(each for each in source.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(source).as_posix(), EPOCH)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, PLAIN, UNIX
            target.writestr(entry, path.read_bytes())
    return whole.getvalue()
