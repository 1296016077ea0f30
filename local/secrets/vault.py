"""Secrets and versions as they are kept: made, labelled, accessed, destroyed. Errors are the API's own."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from local.rest import ApiError, already_exists, invalid, not_found, rfc3339

SECRET_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
MOST_LABELS = 64
LARGEST_PAYLOAD = 65536
CASTAGNOLI = 0x82F63B78


@dataclass
class Version:
    """One version. `data` is base64, and None once it is destroyed."""

    name: str
    created: float
    data: str | None
    checked: bool
    state: str = "ENABLED"
    destroyed: float | None = None

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "name": self.name,
            "createTime": rfc3339(self.created),
            "state": self.state,
            "replicationStatus": {"automatic": {}},
            "etag": _etag(self.state),
            "clientSpecifiedPayloadChecksum": self.checked,
        }
        if self.destroyed is not None:
            shown["destroyTime"] = rfc3339(self.destroyed)
        return shown


@dataclass
class Secret:
    """One secret; `versions[n - 1]` is version n."""

    name: str
    created: float
    replication: dict[str, Any]
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "replication": self.replication,
            "createTime": rfc3339(self.created),
            "labels": self.labels,
            "annotations": self.annotations,
            "etag": _etag(self.labels, self.annotations),
        }


class Vault:
    """All secrets, by resource name `projects/P/secrets/S`."""

    def __init__(self) -> None:
        self.secrets: dict[str, Secret] = {}

    def create(self, project: str, secret_id: str, body: dict[str, Any], now: float) -> Secret:
        name = f"projects/{project}/secrets/{secret_id}"
        if not SECRET_ID.fullmatch(secret_id):
            raise invalid(f"The provided Secret ID [{secret_id}] does not match the expected format [[a-zA-Z_0-9-]+].")
        if not body.get("replication"):
            raise invalid("Secret replication is required.")
        if name in self.secrets:
            raise already_exists(f"Secret [{name}] already exists.")
        made = Secret(name, now, body["replication"], checked_labels(body), body.get("annotations", {}))
        self.secrets[name] = made
        return made

    def secret(self, name: str) -> Secret:
        if name not in self.secrets:
            raise not_found(f"Secret [{name}] not found.")
        return self.secrets[name]

    def delete(self, name: str) -> None:
        del self.secrets[self.secret(name).name]

    def add_version(self, secret: Secret, payload: dict[str, Any], now: float) -> Version:
        try:
            data = base64.b64decode(payload.get("data", ""), validate=True)
        except binascii.Error:
            raise invalid("The payload is not base64.") from None
        if len(data) > LARGEST_PAYLOAD:
            raise invalid("The payload is larger than 65536 bytes.")
        checksum = payload.get("dataCrc32c")
        if checksum is not None and int(checksum) != crc32c(data):
            raise invalid("The checksum of the provided data did not match the provided checksum.")
        number = len(secret.versions) + 1
        version = Version(f"{secret.name}/versions/{number}", now, _encoded(data), checksum is not None)
        secret.versions.append(version)
        return version

    def version(self, secret: Secret, number: str) -> Version:
        """By number, or `latest`: the newest, whatever its state."""
        chosen = len(secret.versions) if number == "latest" else int(number) if number.isdecimal() else 0
        if not 1 <= chosen <= len(secret.versions):
            raise not_found(f"Secret Version [{secret.name}/versions/{number}] not found.")
        return secret.versions[chosen - 1]

    def access(self, version: Version) -> dict[str, Any]:
        if version.state != "ENABLED" or version.data is None:
            raise _failed(version)
        checksum = crc32c(base64.b64decode(version.data))
        return {"name": version.name, "payload": {"data": version.data, "dataCrc32c": str(checksum)}}

    def set_state(self, version: Version, state: str, now: float) -> Version:
        """ENABLED, DISABLED or DESTROYED; the last is for good, and clears the payload."""
        if version.state == "DESTROYED":
            raise _failed(version)
        version.state = state
        if state == "DESTROYED":
            version.data, version.destroyed = None, now
        return version

    def dump(self) -> dict[str, Any]:
        return {name: asdict(secret) for name, secret in self.secrets.items()}

    def load(self, document: dict[str, Any]) -> None:
        for name, kept in document.items():
            versions = [Version(**version) for version in kept.pop("versions")]
            self.secrets[name] = Secret(**kept, versions=versions)


def checked_labels(body: dict[str, Any]) -> dict[str, str]:
    """The labels of a secret's body, if Google would take them."""
    labels: dict[str, str] = body.get("labels", {})
    well_formed = all(LABEL_KEY.fullmatch(key) and LABEL_VALUE.fullmatch(value) for key, value in labels.items())
    if not well_formed or len(labels) > MOST_LABELS:
        raise invalid("Labels: at most 64, keys [a-z][a-z0-9_-]{0,62}, values [a-z0-9_-]{0,63}.")
    return labels


def matches(secret: Secret, expression: str) -> bool:
    """A list filter: conditions joined by AND, each `labels.KEY=VALUE`, `labels.KEY:*` or `name:TEXT`."""
    return all(_holds(secret, condition.strip()) for condition in expression.split(" AND ") if condition.strip())


def _holds(secret: Secret, condition: str) -> bool:
    found = re.fullmatch(r'(labels\.([a-z0-9_-]+)|name)\s*([:=])\s*"?([^"\s]*)"?', condition)
    if not found:
        raise invalid(f"Invalid list filter: {condition}")
    _, label, operator, value = found.groups()
    if label is None:
        return value in secret.name.rpartition("/")[2]
    if (operator, value) == (":", "*"):
        return label in secret.labels
    return secret.labels.get(label) == value


def crc32c(data: bytes) -> int:
    """The Castagnoli checksum that Secret Manager uses."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum = (checksum >> 8) ^ _TABLE[(checksum ^ byte) & 0xFF]
    return checksum ^ 0xFFFFFFFF


def _entry(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (CASTAGNOLI if value & 1 else 0)
    return value


_TABLE = [_entry(byte) for byte in range(256)]


def _failed(version: Version) -> ApiError:
    return ApiError(400, "FAILED_PRECONDITION", f"Secret Version [{version.name}] is in {version.state} state.")


def _etag(*parts: Any) -> str:
    return f'"{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]}"'


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
