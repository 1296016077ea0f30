"""`make verify-receipts`: every receipt and audit record of the running platform against its seal, and the seals
against the heads that are kept where nobody can change them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import httpx

from local.platform import ROOT

TIMEOUT = 600.0  # seconds: the whole chain is walked


def main() -> None:
    about = Path(os.environ.get("LOCAL_FOLDER", ROOT / ".local")) / "platform.json"
    if not about.exists():
        sys.exit("No platform is running here: start it with `make up`.")
    here = json.loads(about.read_text())
    headers = {"Authorization": f"Bearer {here['token']}"}
    answer = httpx.post(f"{here['url']}/api/admin/receipts:verify", headers=headers, timeout=TIMEOUT)
    found = answer.raise_for_status().json()
    for problem in found["problems"]:
        print(f"WRONG: {problem}")
    for restored in found["restores"]:
        print(f"Known: {restored}")
    verdict = "whole" if found["whole"] else "NOT whole"
    print(
        f"The chain is {verdict}: {found['seals']} seals, {found['heads']} of them against the archive; "
        f"{found['unsealed']} records wait for the next sweep."
    )
    sys.exit(0 if found["whole"] else 1)


if __name__ == "__main__":
    main()
