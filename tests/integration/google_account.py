"""The made-up service account that Google's clients sign with in tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.credentials import UNIVERSE, write_service_account_key


@pytest.fixture(scope="module", autouse=True)
def google_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """GOOGLE_APPLICATION_CREDENTIALS names a fresh key, as where the platform runs; nobody is asked about it."""
    key = tmp_path_factory.mktemp("account") / "key.json"
    write_service_account_key(key, "provision@demo.iam.gserviceaccount.com")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        environment.setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", UNIVERSE)
        yield
