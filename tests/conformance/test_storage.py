"""The emulated Cloud Storage, driven by Google's own client: versions, preconditions, folders, and reads by name."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Bucket, Client

from local.server import in_thread
from local.storage.api import Storage

STATE = "vms/test/k2345/default.tfstate"
BYTES = b"PK\x03\x04\r\n\x00\xff--part\r\n"


@pytest.fixture
def url() -> Iterator[str]:
    with in_thread(Storage().app()) as made:
        yield made


@pytest.fixture
def bucket(url: str) -> Bucket:
    """One that keeps versions."""
    client = Client("demo", AnonymousCredentials(), client_options={"api_endpoint": url})
    made = client.bucket("state")
    made.versioning_enabled = True
    made.create()
    assert client.get_bucket("state").versioning_enabled
    return made


def test_what_is_written_is_read_back_byte_by_byte(bucket: Bucket, url: str) -> None:
    blob = bucket.blob(STATE)
    blob.upload_from_string(BYTES, "application/zip", checksum="md5")
    assert bucket.blob(STATE).download_as_bytes(checksum="crc32c") == BYTES
    found = bucket.get_blob(STATE)
    assert (found.size, found.content_type, found.generation) == (len(BYTES), "application/zip", blob.generation)
    by_name = httpx.get(f"{url}/state/{STATE}")
    assert by_name.content == BYTES
    assert by_name.headers["x-goog-generation"] == str(blob.generation)
    assert httpx.get(f"{url}/state/none").status_code == 404


def test_a_replaced_or_deleted_object_stays_as_a_version(bucket: Bucket) -> None:
    for text in ("one", "two"):
        bucket.blob(STATE).upload_from_string(text)
    bucket.blob(STATE).delete()
    assert bucket.get_blob(STATE) is None
    first, second = sorted(bucket.list_blobs(versions=True), key=lambda blob: blob.generation)
    assert (first.download_as_text(), second.download_as_text()) == ("one", "two")
    assert second.time_deleted is not None
    first.delete()
    with pytest.raises(NotFound):
        bucket.blob(STATE, generation=first.generation).download_as_text()
    assert [blob.generation for blob in bucket.list_blobs(versions=True)] == [second.generation]


def test_a_lock_is_held_by_one_and_broken_by_its_generation_alone(bucket: Bucket) -> None:
    lock = bucket.blob("vms/test/k2345/default.tflock")
    lock.upload_from_string("mine", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob(lock.name).upload_from_string("another's", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob(lock.name).delete(if_generation_match=lock.generation - 1)
    lock.delete(if_generation_match=lock.generation)
    again = bucket.blob(lock.name)
    again.upload_from_string("another's", if_generation_match=0)
    assert again.generation > lock.generation


def test_a_list_stops_at_a_delimiter_and_goes_on_page_by_page(bucket: Bucket) -> None:
    for name in ("a/1", "a/2", "a.txt", "b/c/3", "d"):
        bucket.blob(name).upload_from_string(name)
    listed = bucket.list_blobs(delimiter="/", page_size=2)
    assert [blob.name for blob in listed] == ["a.txt", "d"]
    assert listed.prefixes == {"a/", "b/"}
    assert [blob.name for blob in bucket.list_blobs(prefix="b/", delimiter="/")] == []
    assert [blob.name for blob in bucket.list_blobs(prefix="a/", page_size=1)] == ["a/1", "a/2"]


def test_versions_survive_a_restart() -> None:
    storage = Storage()
    storage.store.make_bucket("state", 0, 0.0, versioning=True)
    for text in (b"one", b"two"):
        storage.store.insert("state", {"name": STATE}, "text/plain", text, 1.0)
    again = Storage()
    again.store.load(storage.store.dump())
    assert [each.deleted for each in again.store.versions("state", "", "", noncurrent=True)] == [1.0, None]
    assert int(again.store.generation("state", STATE)) < int(
        again.store.insert("state", {"name": STATE}, "text/plain", b"three", 1.0)["generation"]
    )
