"""The images that builds run in, each pinned by the digest that its tag has now.

A registry is asked by its own protocol (OCI Distribution): one way for Docker Hub and Google's, where gcloud knows
Google's alone.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse

TIMEOUT = 20.0  # seconds
TRIES = 3
# Renewed by make deploy, which looks the digests up anew. Node's has Debian's Python 3.11, which make needs.
IMAGES = {
    "gcloud": "gcr.io/google.com/cloudsdktool/google-cloud-cli:slim",
    "terraform": "registry-1.docker.io/hashicorp/terraform:1.11.4",
    "node": "registry-1.docker.io/library/node:22-bookworm",
    "docker": "gcr.io/cloud-builders/docker:latest",
    "pack": "gcr.io/k8s-skaffold/pack:latest",
    "buildpack": "gcr.io/buildpacks/builder:google-22",
}
# As Docker names what its registry serves.
PULLED_AS = {"registry-1.docker.io": "docker.io"}
MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
    )
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class NotFound(RuntimeError):
    """A registry does not have the image, or does not answer."""


@dataclass(frozen=True)
class Image:
    """REGISTRY/REPOSITORY:TAG"""

    registry: str
    repository: str
    tag: str

    @classmethod
    def named(cls, name: str) -> Image:
        path, _, tag = name.rpartition(":")
        registry, _, repository = path.partition("/")
        return cls(registry, repository, tag)

    def pinned(self, digest: str) -> str:
        return f"{PULLED_AS.get(self.registry, self.registry)}/{self.repository}@{digest}"


def pinned(images: Mapping[str, str] = IMAGES, scheme: str = "https") -> dict[str, str]:
    """Each image as NAME@sha256:…, by its short name. Raises NotFound."""
    found = {}
    for short, name in images.items():
        image = Image.named(name)
        found[short] = image.pinned(_digest(image, scheme))
    return found


def _digest(image: Image, scheme: str) -> str:
    url = f"{scheme}://{image.registry}/v2/{image.repository}/manifests/{image.tag}"
    last: Exception | None = None
    for _ in range(TRIES):
        try:
            with _asked(url) as answer:
                digest = answer.headers.get("Docker-Content-Digest", "")
        except urllib.error.HTTPError as error:
            raise NotFound(f"{url} answered {error.code}") from None
        except OSError as error:
            last = error
            continue
        if re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            return str(digest)
        raise NotFound(f"{url} names no digest")
    raise NotFound(f"{url} does not answer: {last}")


def _asked(url: str, token: str = "") -> HTTPResponse:
    """The manifest's headers; with a token for anybody where the registry asks for one."""
    headers = {"Accept": MANIFESTS} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer: HTTPResponse = urllib.request.urlopen(  # noqa: S310 - a registry's own address
            urllib.request.Request(url, method="HEAD", headers=headers),  # noqa: S310
            timeout=TIMEOUT,
        )
        return answer
    except urllib.error.HTTPError as error:
        wanted = dict(_CHALLENGE.findall(error.headers.get("WWW-Authenticate", "")))
        if error.code != 401 or token or "realm" not in wanted:
            raise
    query = "&".join(f"{key}={wanted[key]}" for key in ("service", "scope") if key in wanted)
    with urllib.request.urlopen(f"{wanted['realm']}?{query}", timeout=TIMEOUT) as answer:  # noqa: S310
        given = json.loads(answer.read())
    return _asked(url, given.get("token") or given["access_token"])
