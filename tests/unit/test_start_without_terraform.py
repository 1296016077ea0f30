"""A platform that is to use Terraform on a machine that has none says so, and starts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.platform import Platform
from local.processes import StartFailed


def test_a_start_without_terraform_says_what_is_missing_and_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    platform = Platform(tmp_path / "local", overrides={"ENGINE": "terraform"})
    with pytest.raises(StartFailed, match="no terraform on this machine"):
        platform.start()
    assert platform.processes == {}
