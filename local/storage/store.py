"""Buckets and objects as they are kept, and the rule that a retention policy makes."""

from __future__ import annotations

import base64
import hashlib
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
    """One version of an object; `content` in base64, so that the whole store is JSON. `deleted`: when it ceased to be
    the live one."""

    name: str
    generation: int
    content_type: str
    content: str
    metadata: dict[str, str]
    created: float
    deleted: float | None = None


@dataclass
class Bucket:
    """A bucket. `retention`: seconds for which an object can be neither deleted nor replaced. `objects` are the live
    versions; with `versioning`, `noncurrent` are those that were deleted or replaced."""

    name: str
    retention: int
    created: float
    objects: dict[str, Object] = field(default_factory=dict)
    versioning: bool = False
    noncurrent: list[Object] = field(default_factory=list)


class Store:
    """Everything that is kept between runs."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self._last_generation = 0

    def make_bucket(self, name: str, retention: int, now: float, *, versioning: bool = False) -> dict[str, Any]:
        if name in self.buckets:
            raise Refused(
                409, "conflict", "Your previous request to create the named bucket succeeded and you already own it."
            )
        self.buckets[name] = Bucket(name, retention, now, versioning=versioning)
        return self.bucket(name)

    def bucket(self, name: str) -> dict[str, Any]:
        found = self._find(name)
        shown: dict[str, Any] = {"kind": "storage#bucket", "id": name, "name": name, "location": "US"}
        if found.retention:
            since = rfc3339(found.created)
            policy = {"retentionPeriod": str(found.retention), "effectiveTime": since, "isLocked": True}
            shown["retentionPolicy"] = policy
        if found.versioning:
            shown["versioning"] = {"enabled": True}
        return shown

    def set_versioning(self, bucket: str, versioning: bool) -> dict[str, Any]:
        self._find(bucket).versioning = versioning
        return self.bucket(bucket)

    def delete_bucket(self, bucket: str) -> None:
        """Raises Refused 409 for one that has objects, noncurrent ones included."""
        found = self._find(bucket)
        if found.objects or found.noncurrent:
            raise Refused(409, "conflict", "The bucket you tried to delete is not empty.")
        del self.buckets[bucket]

    def versions(self, bucket: str, prefix: str, start: str, *, noncurrent: bool) -> list[Object]:
        """Objects whose names have the prefix, from the name `start` on, in order of name and generation."""
        found = self._find(bucket)
        everything = [*found.objects.values(), *(found.noncurrent if noncurrent else [])]
        chosen = [each for each in everything if each.name.startswith(prefix) and each.name >= start]
        return sorted(chosen, key=lambda each: (each.name, each.generation))

    def generation(self, bucket: str, name: str) -> str:
        """The live version's generation; 0 where there is none."""
        there = self._find(bucket).objects.get(name)
        return str(there.generation if there else 0)

    def insert(self, bucket: str, resource: dict[str, Any], kind: str, content: bytes, now: float) -> dict[str, Any]:
        name: str = resource["name"]
        found = self._find(bucket)
        self._check_retention(found, found.objects.get(name), now)
        encoded = base64.b64encode(content).decode()
        metadata = resource.get("metadata", {})
        # Google's are microseconds since the epoch, too: a number that no other version of the object ever had.
        self._last_generation = max(self._last_generation + 1, int(now * 1e6))
        made = Object(name, self._last_generation, resource.get("contentType", kind), encoded, metadata, now)
        self._retire(found, name, now)
        found.objects[name] = made
        return self.resource(bucket, made)

    def delete(self, bucket: str, name: str, generation: str | None, now: float) -> None:
        """Without a generation the live version becomes noncurrent where versions are kept; that of a generation is
        gone for good."""
        found, there = self._find(bucket), self.object(bucket, name, generation)
        self._check_retention(found, there, now)
        if generation is None:
            self._retire(found, name, now)
        elif there.deleted is None:
            del found.objects[name]
        else:
            found.noncurrent.remove(there)

    def object(self, bucket: str, name: str, generation: str | None = None) -> Object:
        """The live version, or that of a generation. Raises 404."""
        found = self._find(bucket)
        versions = [each for each in (found.objects.get(name), *found.noncurrent) if each and each.name == name]
        for each in versions:
            if str(each.generation) == generation or (generation is None and each.deleted is None):
                return each
        raise Refused(404, "notFound", f"No such object: {bucket}/{name}{f'#{generation}' if generation else ''}")

    def resource(self, bucket: str, found: Object) -> dict[str, Any]:
        """The object as the API answers it."""
        content = base64.b64decode(found.content)
        shown = {
            "kind": "storage#object",
            "id": f"{bucket}/{found.name}/{found.generation}",
            "name": found.name,
            "bucket": bucket,
            "generation": str(found.generation),
            "metageneration": "1",
            "contentType": found.content_type,
            "size": str(len(content)),
            **hashes(content),
            "metadata": found.metadata,
            "timeCreated": rfc3339(found.created),
            "updated": rfc3339(found.created),
        }
        return shown if found.deleted is None else {**shown, "timeDeleted": rfc3339(found.deleted)}

    def dump(self) -> dict[str, Any]:
        return {"buckets": [asdict(bucket) for bucket in self.buckets.values()]}

    def load(self, document: dict[str, Any]) -> None:
        for kept in document["buckets"]:
            objects = {name: Object(**each) for name, each in kept.pop("objects").items()}
            noncurrent = [Object(**each) for each in kept.pop("noncurrent", [])]
            self.buckets[kept["name"]] = Bucket(**kept, objects=objects, noncurrent=noncurrent)
        everything = (
            each for bucket in self.buckets.values() for each in (*bucket.objects.values(), *bucket.noncurrent)
        )
        self._last_generation = max((each.generation for each in everything), default=0)

    def _retire(self, found: Bucket, name: str, now: float) -> None:
        """Take the live version away; where versions are kept it stays as a noncurrent one."""
        there = found.objects.pop(name, None)
        if there is not None and found.versioning:
            there.deleted = now
            found.noncurrent.append(there)

    def _check_retention(self, found: Bucket, there: Object | None, now: float) -> None:
        """Raise 403 where an object is there that may not be deleted or replaced yet."""
        if there is not None and now < there.created + found.retention:
            message = (
                f"Object '{found.name}/{there.name}' is subject to bucket's retention policy and cannot be deleted "
            )
            raise Refused(
                403, "retentionPolicyNotMet", message + "or overwritten until its retention period has passed."
            )

    def _find(self, bucket: str) -> Bucket:
        if bucket not in self.buckets:
            raise Refused(404, "notFound", "The specified bucket does not exist.")
        return self.buckets[bucket]


def hashes(content: bytes) -> dict[str, str]:
    """The two checksums by which a client knows that it has the whole."""
    return {
        "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
        "crc32c": base64.b64encode(google_crc32c.Checksum(content).digest()).decode(),
    }
