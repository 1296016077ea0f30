"""Secret Manager: one secret a VM, with one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from shared.domain.errors import AlreadyExists, CloudError
from shared.domain.machine import LABEL_ENVIRONMENT
from shared.google.calls import Effect, call, options, pages
from shared.google.compute_errors import FAILED_PRECONDITION, NOT_FOUND


class SecretStore:
    """The secrets of one project that carry our environment's label."""

    def __init__(self, project: str, environment: str, endpoint: str | None, timeout: float) -> None:
        self._parent = f"projects/{project}"
        self._environment = environment
        self._endpoint = endpoint
        self._timeout = timeout

    def put(self, secret_id: str, payload: bytes, labels: Mapping[str, str]) -> None:
        """Make the secret with one version; done already if it has one, in whatever state.

        A crash, or an answer lost, after either of the two calls is mended by the same `put` again.
        """
        secret = {"replication": {"automatic": {}}, "labels": {**labels, LABEL_ENVIRONMENT: self._environment}}
        request = {"parent": self._parent, "secret_id": secret_id, "secret": secret}
        try:
            call(self._client.create_secret, request, Effect.REPEATABLE, self._timeout)
        except AlreadyExists:
            if self._has_version(secret_id):
                return
        version = {"parent": self._name(secret_id), "payload": {"data": payload}}
        call(self._client.add_secret_version, version, Effect.ONCE, self._timeout)

    def read(self, secret_id: str) -> bytes | None:
        """The latest version's payload, None if there is no such secret, no version, or it was destroyed."""
        request = {"name": f"{self._name(secret_id)}/versions/latest"}
        try:
            answer = call(self._client.access_secret_version, request, Effect.READ, self._timeout)
        except CloudError as error:
            if error.code in (NOT_FOUND, FAILED_PRECONDITION):
                return None
            raise
        return bytes(answer.payload.data)

    def label(self, secret_id: str, labels: Mapping[str, str]) -> None:
        """Replace the secret's labels; nothing if there is none."""
        secret = {"name": self._name(secret_id), "labels": {**labels, LABEL_ENVIRONMENT: self._environment}}
        request = {"secret": secret, "update_mask": {"paths": ["labels"]}}
        try:
            call(self._client.update_secret, request, Effect.REPEATABLE, self._timeout)
        except CloudError as error:
            if error.code != NOT_FOUND:
                raise

    def exists(self, secret_id: str) -> bool:
        """Whether the secret is there, with or without a version."""
        return self._unless_absent(self._client.get_secret, secret_id, Effect.READ)

    def delete(self, secret_id: str) -> bool:
        """Delete the secret and its versions; False if there was none."""
        return self._unless_absent(self._client.delete_secret, secret_id, Effect.REPEATABLE)

    def list(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Ids and labels of every secret of ours, all pages."""
        request = {"parent": self._parent, "filter": f"labels.{LABEL_ENVIRONMENT}={self._environment}"}
        listed = pages(self._client.list_secrets, request, self._timeout, size="page_size")
        found = ((secret.name.rpartition("/")[2], dict(secret.labels)) for page in listed for secret in page.secrets)
        return [
            (secret_id, labels) for secret_id, labels in found if labels.get(LABEL_ENVIRONMENT) == self._environment
        ]

    def _has_version(self, secret_id: str) -> bool:
        request = {"parent": self._name(secret_id), "page_size": 1}
        pager = call(self._client.list_secret_versions, request, Effect.READ, self._timeout)
        return bool(next(iter(pager.pages)).versions)

    def _unless_absent(self, method: Any, secret_id: str, effect: Effect) -> bool:
        try:
            call(method, {"name": self._name(secret_id)}, effect, self._timeout)
        except CloudError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    def _name(self, secret_id: str) -> str:
        return f"{self._parent}/secrets/{secret_id}"

    @cached_property
    def _client(self) -> Any:
        from google.cloud.secretmanager_v1 import SecretManagerServiceClient

        return SecretManagerServiceClient(transport="rest", client_options=options(self._endpoint))
