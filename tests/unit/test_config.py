"""The configuration: .env.example says what there is, and a bad value stops the start and is named."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from shared.config import Settings, settings
from shared.domain.life import Figures

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
DATABASE = "postgresql://vm:secret@127.0.0.1:5432/vm"
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing set but the one thing that has to be."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("DATABASE_URL", DATABASE)
    return monkeypatch


def example() -> dict[str, str]:
    """The variables of .env.example as a shell reads them."""
    command = ["bash", "-c", 'set -a; . "$1"; env -0', "-", str(EXAMPLE)]
    read = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=10, check=True
    )
    variables = dict(pair.split("=", 1) for pair in read.stdout.split("\0") if pair)
    return {name: value for name, value in variables.items() if name in NAMES}


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed as the start stops."""
    with pytest.raises(SystemExit) as stopped:
        settings.__wrapped__()
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_the_example_lists_every_variable_once_and_in_order() -> None:
    assert re.findall(r"^(\w+)=", EXAMPLE.read_text(), re.MULTILINE) == NAMES


def test_the_example_gives_the_defaults(environment: pytest.MonkeyPatch) -> None:
    defaults = Settings()
    variables = example()
    assert set(variables) == set(NAMES)
    assert variables.pop("DATABASE_URL") == ""
    for name, value in variables.items():
        environment.setenv(name, value)
    assert Settings() == defaults


def test_the_example_has_no_secret() -> None:
    assert {name: value for name, value in example().items() if re.search("KEY|PASSWORD|SECRET$|TOKEN$", name)} == {
        "OPENAI_API_KEY": "",
        "SMTP_PASSWORD": "",
        "HOOK_KEY": "",
    }


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("45s", timedelta(seconds=45)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("30d", timedelta(days=30)),
    ],
)
def test_lengths_of_time_are_written_with_their_unit(
    environment: pytest.MonkeyPatch, text: str, length: timedelta
) -> None:
    environment.setenv("SETTLE", text)
    assert Settings().settle == length


@pytest.mark.parametrize("text", ["10.0.0.0/8,192.0.2.7/32", "10.0.0.0/8 192.0.2.7/32", " 10.0.0.0/8 , 192.0.2.7/32 "])
def test_lists_are_separated_by_commas_or_blanks(environment: pytest.MonkeyPatch, text: str) -> None:
    environment.setenv("ACCESS_RANGES", text)
    assert Settings().access_ranges == ("10.0.0.0/8", "192.0.2.7/32")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "dev-1"),
        ("ENVIRONMENT", "Dev"),
        ("ENVIRONMENT", ""),
        ("ENVIRONMENT", "a" * 13),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_POOL", "0"),
        ("DATABASE_POOL", "21"),
        ("DATABASE_POOL", "many"),
        ("CLOUD_SQL_IP_TYPE", "open"),
        ("ENGINE", "magic"),
        ("SIGNUP", "closed"),
        ("ACCESS_RANGES", "everywhere"),
        ("ACCESS_RANGES", "10.0.0.1/8"),
        ("TRUSTED_HOPS", "-1"),
        ("MAX_MONTHLY", "-1"),
        ("REGION_VCPU_LIMIT", "-1"),
        ("PLACES", "0"),
        ("SWEEP_SHARE", "0"),
        ("SWEEP_SHARE", "1.1"),
        ("SETTLE", "2"),
        ("SETTLE", "soon"),
        ("SETTLE", "-2m"),
        ("SETTLE", "1.5h"),
        ("SETTLE", ""),
        ("CALL_TIMEOUT", "0s"),
        ("SMTP_PORT", "0"),
        ("SMTP_TLS", "maybe"),
        ("HOOK_KEY", "short"),
    ],
)
def test_a_bad_value_stops_the_start_with_a_line_that_names_the_variable(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(name, value)
    (line,) = refusal(capsys).splitlines()
    assert line.startswith(f"{name}: ")


def test_every_bad_value_is_named(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("PLACES", "none")
    environment.setenv("SIGNUP", "closed")
    assert {line.split(":")[0] for line in refusal(capsys).splitlines()} == {"PLACES", "SIGNUP"}


@pytest.mark.parametrize("both", [True, False])
def test_it_is_one_database_neither_two_nor_none(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], both: bool
) -> None:
    if both:
        environment.setenv("INSTANCE_CONNECTION_NAME", "demo:us-west1:registry")
    else:
        environment.delenv("DATABASE_URL")
    told = refusal(capsys)
    assert "DATABASE_URL" in told
    assert "INSTANCE_CONNECTION_NAME" in told


def test_the_connector_alone_is_a_database(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("DATABASE_URL")
    environment.setenv("INSTANCE_CONNECTION_NAME", "demo:us-west1:registry")
    assert Settings().database_url == ""


@pytest.mark.parametrize("ranges", ["0.0.0.0/0", "::/0", "10.0.0.0/8, 0.0.0.0/0"])
def test_the_machines_are_never_opened_to_everybody(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ranges: str
) -> None:
    environment.setenv("ACCESS_RANGES", ranges)
    told = refusal(capsys)
    assert told.startswith("ACCESS_RANGES: ")
    assert "everybody" in told


def test_a_claim_in_which_no_call_could_be_made_is_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("CLAIM", "20s")
    environment.setenv("CALL_TIMEOUT", "20s")
    assert "CLAIM" in refusal(capsys)


def test_a_bad_value_never_shows_a_secret(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("OPENAI_API_KEY", "sk-secret")
    environment.setenv("INSTANCE_CONNECTION_NAME", "demo:us-west1:registry")
    told = refusal(capsys)
    assert "sk-secret" not in told
    assert DATABASE not in told


def test_the_figures_of_a_life_are_the_configured_ones(environment: pytest.MonkeyPatch) -> None:
    assert Settings().figures == Figures()
    environment.setenv("SETTLE", "3m")
    environment.setenv("SWEEP_AT_MOST", "5")
    changed = Settings().figures
    assert (changed.settle, changed.sweep_at_most) == (timedelta(minutes=3), 5)


def test_mail_from_nobody_is_refused(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("SMTP_HOST", "smtp.example.com")
    assert "SMTP_FROM" in refusal(capsys)
    environment.setenv("SMTP_FROM", "vm@example.com")
    assert Settings().smtp_host == "smtp.example.com"


def test_the_terraform_engine_says_what_it_lacks(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("ENGINE", "terraform")
    environment.setenv("STATE_BUCKET", "states")
    told = refusal(capsys)
    assert "ENGINE=terraform needs TERRAFORM_IMAGE, BUILD_SOURCE_BUCKET, BUILD_LOGS_BUCKET" in told


def test_a_terraform_image_is_pinned_by_its_digest(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("TERRAFORM_IMAGE", "hashicorp/terraform:latest")
    assert refusal(capsys).startswith("TERRAFORM_IMAGE: ")


def test_with_terraform_a_machine_has_longer_to_come_up(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TERRAFORM_IMAGE", "hashicorp/terraform@sha256:" + "0" * 64)
    for bucket in ("STATE_BUCKET", "BUILD_SOURCE_BUCKET", "BUILD_LOGS_BUCKET"):
        environment.setenv(bucket, "one")
    assert Settings().figures == Figures()
    assert Settings().has_terraform  # so that what was made before is ended by it
    environment.setenv("ENGINE", "terraform")
    assert Settings().figures.up_deadline == timedelta(minutes=30)
    environment.setenv("UP_DEADLINE", "45m")
    assert Settings().figures.up_deadline == timedelta(minutes=45)
