"""Buckets and objects as they are kept, and the rule that a retention policy makes."""

from __future__ import annotations

import base64
import hashlib
import itertools
from dataclasses import asdict, dataclass, field
from typing import Any

import google_crc32c
from starlette.responses import JSONResponse, Response

from local.rest import ApiError, rfc3339


class Refused(ApiError):
    """An error as Cloud Storage writes it: a reason, and no canonical status."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(code, reason, message)

    def response(self) -> Response:
        entry = {"message": str(self), "domain": "global", "reason": self.status}
        return JSONResponse({"error": {"code": self.code, "message": str(self), "errors": [entry]}}, self.code)


@dataclass
class Object:
    """One object; `content` in base64, so that the whole store is JSON."""

    name: str
    generation: int
    content_type: str
    content: str
    metadata: dict[str, str]
    created: float


@dataclass
class Bucket:
    """A bucket. `retention`: seconds for which an object can be neither deleted nor replaced."""

    name: str
    retention: int
    created: float
    objects: dict[str, Object] = field(default_factory=dict)


class Store:
    """Everything that is kept between runs."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self._generations = itertools.count(1)

    def make_bucket(self, name: str, retention: int, now: float) -> dict[str, Any]:
        if name in self.buckets:
            raise Refused(
                409, "conflict", "Your previous request to create the named bucket succeeded and you already own it."
            )
        self.buckets[name] = Bucket(name, retention, now)
        return self.bucket(name)

    def bucket(self, name: str) -> dict[str, Any]:
        found = self._find(name)
        shown: dict[str, Any] = {"kind": "storage#bucket", "id": name, "name": name, "location": "US"}
        if found.retention:
            since = rfc3339(found.created)
            policy = {"retentionPeriod": str(found.retention), "effectiveTime": since, "isLocked": True}
            shown["retentionPolicy"] = policy
        return shown

    def names(self, bucket: str, prefix: str, start: str) -> list[str]:
        """Names with the prefix, from `start` on, in order."""
        return sorted(name for name in self._find(bucket).objects if name.startswith(prefix) and name >= start)

    def generation(self, bucket: str, name: str) -> str:
        """The object's generation; 0 where there is none."""
        there = self._find(bucket).objects.get(name)
        return str(there.generation if there else 0)

    def insert(self, bucket: str, resource: dict[str, Any], kind: str, content: bytes, now: float) -> dict[str, Any]:
        name: str = resource["name"]
        self._check_retention(bucket, name, now)
        encoded = base64.b64encode(content).decode()
        metadata = resource.get("metadata", {})
        made = Object(name, next(self._generations), resource.get("contentType", kind), encoded, metadata, now)
        self._find(bucket).objects[name] = made
        return self.resource(bucket, name)

    def delete(self, bucket: str, name: str, now: float) -> None:
        self._object(bucket, name)
        self._check_retention(bucket, name, now)
        del self._find(bucket).objects[name]

    def content(self, bucket: str, name: str) -> bytes:
        return base64.b64decode(self._object(bucket, name).content)

    def resource(self, bucket: str, name: str) -> dict[str, Any]:
        """The object as the API answers it."""
        found, content = self._object(bucket, name), self.content(bucket, name)
        checksum = google_crc32c.Checksum(content).digest()
        return {
            "kind": "storage#object",
            "id": f"{bucket}/{name}/{found.generation}",
            "name": name,
            "bucket": bucket,
            "generation": str(found.generation),
            "metageneration": "1",
            "contentType": found.content_type,
            "size": str(len(content)),
            "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
            "crc32c": base64.b64encode(checksum).decode(),
            "metadata": found.metadata,
            "timeCreated": rfc3339(found.created),
            "updated": rfc3339(found.created),
        }

    def dump(self) -> dict[str, Any]:
        return {"buckets": [asdict(bucket) for bucket in self.buckets.values()]}

    def load(self, document: dict[str, Any]) -> None:
        for kept in document["buckets"]:
            objects = {name: Object(**each) for name, each in kept["objects"].items()}
            self.buckets[kept["name"]] = Bucket(kept["name"], kept["retention"], kept["created"], objects)
        known = (each.generation for bucket in self.buckets.values() for each in bucket.objects.values())
        self._generations = itertools.count(max(known, default=0) + 1)

    def _check_retention(self, bucket: str, name: str, now: float) -> None:
        """Raise 403 where an object is there that may not be deleted or replaced yet."""
        found = self._find(bucket)
        there = found.objects.get(name)
        if there is not None and now < there.created + found.retention:
            message = f"Object '{bucket}/{name}' is subject to bucket's retention policy and cannot be deleted or "
            raise Refused(403, "retentionPolicyNotMet", message + "overwritten until its retention period has passed.")

    def _find(self, bucket: str) -> Bucket:
        if bucket not in self.buckets:
            raise Refused(404, "notFound", "The specified bucket does not exist.")
        return self.buckets[bucket]

    def _object(self, bucket: str, name: str) -> Object:
        found = self._find(bucket).objects.get(name)
        if found is None:
            raise Refused(404, "notFound", f"No such object: {bucket}/{name}")
        return found
