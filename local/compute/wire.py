"""How Compute writes things down: links, times, ids and fingerprints."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.compute.errors import invalid, required

Json = dict[str, Any]

# Always Google's address, never this server's: Terraform's drift rules and gcloud's resource parser match on it.
BASE = "https://www.googleapis.com/compute/v1/"
MADE_BY_GOOGLE = "2015-06-01T00:00:00.000-07:00"  # the creationTimestamp of what every project finds there
_PACIFIC = ZoneInfo("America/Los_Angeles")  # Compute writes its times with this offset
_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


def link(path: str) -> str:
    """The full link of a path that starts at `projects/`."""
    return BASE + path


def path_of(url: str) -> str:
    """The path from `projects/` on, of a full link with any host or version."""
    return url[url.find("projects/") :]


def short(url: str) -> str:
    """The last segment of a link, or the bare name itself."""
    return url.rsplit("/", 1)[-1]


def timestamp(moment: float) -> str:
    """Epoch seconds as Compute's RFC 3339: milliseconds, Pacific offset."""
    return datetime.fromtimestamp(moment, UTC).astimezone(_PACIFIC).isoformat(timespec="milliseconds")


def utc(moment: float) -> str:
    """Epoch seconds as RFC 3339 in UTC, as a guest's own `date -u` writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str, field: str) -> float:
    """RFC 3339 to epoch seconds; without an offset it is not RFC 3339."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(field, text, "Not a valid RFC 3339 timestamp.") from None
    if moment.tzinfo is None:
        raise invalid(field, text, "Not a valid RFC 3339 timestamp.")
    return moment.timestamp()


def new_id() -> str:
    """A fresh unsigned 64-bit id, as the JSON string that Compute makes of it."""
    return str(random.getrandbits(62) | 1 << 62)


def steady_id(text: str) -> str:
    """The id of something that Google made: the same in every run."""
    return str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1)


def fingerprint(value: object) -> str:
    """Base64 of eight bytes that change with the value."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def checked_name(body: Json) -> str:
    """The resource's name from an insert's body."""
    name = body.get("name")
    if not name:
        raise required("resource.name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid("resource.name", name, f"Must be a match of regex '{_NAME.pattern}'")
    return name


def checked_labels(labels: Json) -> Json:
    """Labels as Compute allows them: at most 64, lower case."""
    if len(labels) > 64:
        raise invalid("resource.labels", "", f"Resource can have at most 64 labels, found {len(labels)}.")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise invalid("resource.labels", "", f"Label key '{key}' violates format constraints.")
        if not _LABEL_VALUE.fullmatch(value):
            raise invalid("resource.labels", "", f"Label value '{value}' violates format constraints.")
    return dict(labels)
